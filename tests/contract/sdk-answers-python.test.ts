/** The Python runtime in the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./sdk-answers.test.ts');
