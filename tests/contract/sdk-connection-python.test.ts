/** The Python runtime loses its connection in the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./sdk-connection.test.ts');
