const { createRequire } = require('node:module');
const { default: Runtime } = require('jest-runtime');

/** Libraries that keep no state between tests: each worker loads them once, and not once per test file. */
const SHARED =
  /^(aws-cdk-lib|constructs|cdk-nag|@aws-sdk\/client-sagemaker$|@cloud-copilot\/|jsonata|asl-validator|fast-check)/;
const load = createRequire(__filename);

// The template validator takes more than a second to start: test/repository/validate.slow.test.ts runs it for all templates.
process.env.CDK_VALIDATION = 'false';

class SharingRuntime extends Runtime {
  requireModuleOrMock(from, name) {
    if (name.endsWith('/node-environment')) return { env: process.env };
    return SHARED.test(name) ? load(name) : super.requireModuleOrMock(from, name);
  }

  requireActual(from, name) {
    return SHARED.test(name) ? load(name) : super.requireActual(from, name);
  }
}

module.exports = SharingRuntime;
