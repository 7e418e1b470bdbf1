/**
 * What the services tell of the store: whose database ended its process is a security event, what databases hold is
 * shown and warned of, and what ends again and again makes the crew `degraded` with its culprit.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { AgentFact, SystemEvent } from '../../domain/event.ts';
import type { Grants } from '../../domain/grants.ts';
import type { StoreWords } from '../../domain/messages/store-call.ts';
import type { ReportSecurity } from '../../domain/security.ts';

interface Parts {
  grants: Grants;
  emit(agent: AgentId, fact: AgentFact): void;
  report: ReportSecurity;
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
}

const MIB = 2 ** 20;
const NEAR = 0.8;
const MOST_KNOWN = 500;

export function createStoreHealth({ grants, emit, report, system }: Parts) {
  const shown = new Map<AgentId, { bytes: number; warning: string | null; isFull: boolean }>();
  const heard = new Set<string>();
  let trouble = '';

  function show(agent: AgentId, bytes: number): void {
    const limit = grants(agent).databaseBytes;
    const before = shown.get(agent) ?? { bytes: Number.NEGATIVE_INFINITY, warning: null, isFull: false };
    const isFull = bytes >= limit;
    const share = Math.floor((bytes / limit) * 100);
    const warning = bytes >= limit * NEAR ? sayHeld(agent, { share: Math.min(share, 100), limit }) : null;
    const isMoved = Math.abs(bytes - before.bytes) >= MIB || warning !== before.warning;
    shown.set(agent, { bytes: isMoved ? bytes : before.bytes, warning, isFull });
    if (isMoved) emit(agent, { type: 'database', bytes });
    if (warning !== before.warning) emit(agent, { type: 'warning', key: 'database', message: warning });
    if (isFull && !before.isFull) report(agent, 'hog', `${warning}`);
  }

  return (words: StoreWords): void => {
    for (const [agent, bytes] of Object.entries(words.sizes)) if (agent !== '') show(agent, bytes);
    for (const { id, agent, message } of words.deaths) {
      if (heard.has(id)) continue;
      heard.add(id);
      for (const oldest of heard) if (heard.size > MOST_KNOWN) heard.delete(oldest);
      report(agent, 'hog', message);
    }
    const now = words.troubles.join('; ');
    if (now === trouble) return;
    if (trouble !== '') system('store', true, 'the databases are open again');
    if (now !== '') system('store', false, `${now}; \`docker compose logs store\` says more`);
    trouble = now;
  };
}

function sayHeld(agent: AgentId, { share, limit }: { share: number; limit: number }): string {
  const held = `its memory holds ${share} % of ${Math.floor(limit / MIB)} MiB`;
  const then = share >= 100 ? 'nothing more is remembered' : 'above that nothing more is remembered';
  return `${held}, ${then}: raise \`database\` of ${agent} in deploy/grants.yaml`;
}
