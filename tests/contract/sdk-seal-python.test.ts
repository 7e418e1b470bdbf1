/** Whom an instance of the Python runtime believes: the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./sdk-seal.test.ts');
