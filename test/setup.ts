import { statSync } from 'node:fs';

// Libraries are loaded outside of the test's global scope (test/runtime.cjs), and know only their own dates.
globalThis.Date = statSync(__filename).mtime.constructor as DateConstructor;
