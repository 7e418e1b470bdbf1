/** The Python runtime asks the services in the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./services.test.ts');
