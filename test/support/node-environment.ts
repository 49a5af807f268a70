/** Environment variables of Node's own process, which the shared libraries read: test/runtime.cjs gives them in the place of the test's copy. */
export const { env } = process;
