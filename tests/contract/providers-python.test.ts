/** The Python runtime meets the same providers in the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./providers.test.ts');
