// The template validator starts a WASM engine once per test file (1.3 s); test/repository/validate.slow.test.ts runs it for all templates.
process.env.CDK_VALIDATION = 'false';
