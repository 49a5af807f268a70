import { statSync } from 'node:fs';

// The template validator starts a WASM engine once per test file (1.3 s); test/repository/validate.slow.test.ts runs it for all templates.
process.env.CDK_VALIDATION = 'false';

// Libraries are loaded outside of the test's global scope (test/runtime.cjs), and know only their own dates.
globalThis.Date = statSync(__filename).mtime.constructor as DateConstructor;
