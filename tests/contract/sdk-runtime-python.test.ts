/** The Python runtime in the very tests of the Node runtime: on the bus the two cannot be told apart. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./sdk-runtime.test.ts');
