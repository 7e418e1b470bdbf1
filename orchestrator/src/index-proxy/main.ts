/** The index proxy as the process of a container of its own, beside one dependency build; it ends with the build. */
import { readAllowed } from './allowed.ts';
import { createIndexProxy } from './proxy.ts';

const PORT = 3128;
/** Longer than any build. */
const LIFE_MS = 30 * 60 * 1000;
const GIB = 1024 ** 3;

const server = createIndexProxy({
  allowed: readAllowed(process.env.HAIREM_INDEXES ?? ''),
  upstreams: { http: process.env.HAIREM_VIA_HTTP || null, https: process.env.HAIREM_VIA_HTTPS || null },
  limits: { connections: 64, bytes: 4 * GIB, idleMs: 60_000 },
  onRefused: (line) => console.log(line),
});
server.listen(PORT, () => console.log('ready'));
setTimeout(() => process.exit(0), LIFE_MS);
process.once('SIGTERM', () => process.exit(0));
