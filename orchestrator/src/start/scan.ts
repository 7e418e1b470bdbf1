/** Scans the agents folder for the loop: what is remembered between two scans, and what the owner's ceilings allow of it. */
import { withinCeilings } from '../bundle/check-ceilings.ts';
import { createCodeChecker } from '../bundle/code/code-checker.ts';
import { type IgnoreRule, mayBringBack } from '../bundle/files/ignore-rules.ts';
import { onNetwork } from '../bundle/network-settings.ts';
import { type ScanMemory, scanBundles } from '../bundle/scan-bundles.ts';
import { inTimeZone } from '../bundle/time-zone.ts';
import type { AgentId } from '../domain/agent.ts';
import { kindOf } from '../ignored/ignored-names.ts';
import type { Actor } from '../reconcile/agent-worker.ts';
import type { CrewParts } from './start-agents.ts';

type ScanParts = Pick<
  CrewParts,
  | 'config'
  | 'baseHashes'
  | 'network'
  | 'workDir'
  | 'clock'
  | 'log'
  | 'signal'
  | 'grantFile'
  | 'trust'
  | 'onRestartNeeded'
>;

export function scanWith(
  { config, baseHashes, network, workDir, clock, log, signal, grantFile, trust, onRestartNeeded }: ScanParts,
  { actors, isUp }: { actors: ReadonlyMap<AgentId, Actor>; isUp: () => boolean },
) {
  let previous: ScanMemory | null = null;
  const checker = createCodeChecker();
  signal.addEventListener('abort', () => void checker.close(), { once: true });
  const scan = async () => {
    const builds = [...actors.values()].flatMap(({ running, desired }) => [
      ...(running?.step.kind === 'build' ? [running.step.version.imageHash] : []),
      ...(desired?.kind === 'valid' ? [desired.version.imageHash] : []), // its build may begin before the next scan
    ]);
    const result = await scanBundles({
      dir: config.agentsDir,
      workDir,
      baseHashes,
      checker,
      grants: grantFile.grants,
      previous,
      now: clock.now(),
      wallNow: Date.now(),
      snapshotsInUse: isUp() ? new Set(builds) : null, // before, another orchestrator may act
      expectBundles: actors.size > 0,
      knownAs: trust.agentIn,
    });
    previous = result.memory;
    const agents = result.crew.agents.map((agent) =>
      onNetwork(inTimeZone(withinCeilings(agent, grantFile.grants(agent.id)), config.timezone), network),
    );
    if (result.restartNeeded) {
      log.warn('the agents folder was replaced under its mount; this process ends, to be started again and see it');
      onRestartNeeded();
    }
    return { ...result, crew: { ...result.crew, agents } };
  };
  /** Whether a file that a tool leaves is part of its bundle all the same. @param path below the agents folder */
  const isKept = (path: string) => {
    const [folder = '', ...below] = path.split('/');
    const exceptions = previous?.bundles.get(folder)?.exceptions ?? [];
    return exceptions.length > 0 && below.some((name) => isNamed(exceptions, name));
  };
  return { scan, isKept };
}

function isNamed(exceptions: readonly IgnoreRule[], name: string): boolean {
  const row = kindOf(name);
  return row !== null && mayBringBack(exceptions, row);
}
