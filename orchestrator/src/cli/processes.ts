/** The processes that compose runs from this image; each is a composition root of its own. */
interface ServiceSpec {
  name: string;
  summary: string;
  run(): Promise<void>;
}

export const SERVICES: readonly ServiceSpec[] = [
  {
    name: 'run',
    summary: 'the orchestrator',
    run: async () => (await import('../main.ts')).runOrchestrator(),
  },
  {
    name: 'gate',
    summary: "the gate before the engine's socket",
    run: async () => (await import('../gate/main.ts')).runGateProcess(),
  },
  {
    name: 'services',
    summary: 'memory, the language model and history, for the agents',
    run: async () => (await import('../services/main.ts')).runServices(),
  },
  {
    name: 'store',
    summary: 'the databases, each in a process of its own, for the services',
    run: async () => (await import('../store/main.ts')).runStore(),
  },
  {
    name: 'init',
    summary: 'make token, passwords and the bus users, once',
    run: async () => (await import('../init.ts')).runInit(),
  },
  {
    name: 'init-rotation',
    summary: 'make the passwords and the token that come next; `./hairem rotate` calls it',
    run: async () => (await import('../init-rotation.ts')).runInitRotation(),
  },
];
