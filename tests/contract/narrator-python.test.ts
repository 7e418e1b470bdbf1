/** The Python runtime answers through a language model in the very tests of the Node runtime. */
process.env.HAIREM_TEST_SDK = 'python';
await import('./narrator.test.ts');
