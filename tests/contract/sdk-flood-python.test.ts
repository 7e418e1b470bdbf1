/** An instance of the Python runtime that one speaker floods: the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./sdk-flood.test.ts');
