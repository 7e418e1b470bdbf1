/** Load on an installation: publisher processes, started and stopped together, and their accounts added up. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Installation } from '../installation/installation.ts';
import { addFigures, type Figures } from './ledger.ts';
import type { PublisherConfig, PublisherReport, StopOrder } from './publisher.ts';

const PUBLISHER = fileURLToPath(new URL('./publisher.ts', import.meta.url));
const BROADCAST_SHARE = 0.02;

export interface LoadOptions {
  agents: readonly string[];
  /** Messages per second, all publishers together. */
  rate: number;
  publishers?: number;
  /** Per publisher. */
  senders?: number;
  broadcastShare?: number;
  /** Agents whose answer times are kept. */
  timed?: readonly string[];
  /** How many of the messages to one agent have it ask, command or tell others; none by default. */
  errandShare?: number;
}

export interface LoadReport extends Figures {
  published: number;
  /** Messages per second that were really sent. */
  achieved: number;
  missing: string[];
  times: PublisherReport['times'];
  trouble: string[];
}

export interface Load {
  /** Stops sending, waits until every answer is there or no more come, and adds up. */
  stop(): Promise<LoadReport>;
  kill(): void;
}

/** @returns the account of all that was sent while `act` ran; publishers are ended even if it throws */
export async function underLoad<T>(
  installation: Installation,
  options: LoadOptions,
  act: () => Promise<T>,
): Promise<{ result: T; report: LoadReport }> {
  const load = await startLoad(installation, options);
  try {
    const result = await act();
    return { result, report: await load.stop() };
  } finally {
    load.kill();
  }
}

async function startLoad(installation: Installation, options: LoadOptions): Promise<Load> {
  const { publishers = 4 } = options;
  const run = randomBytes(3).toString('hex');
  const children = await Promise.all(
    Array.from({ length: publishers }, (_, index) => startPublisher(installation, options, { index, run })),
  );
  return {
    kill() {
      for (const child of children) child.kill('SIGKILL'); // does nothing to one that has ended
    },
    async stop() {
      const abandoned = abandonedIn(installation);
      const reports = await Promise.all(children.map((child) => stopPublisher(child, { abandoned })));
      return addReports(reports);
    },
  };
}

async function startPublisher(
  { redis }: Installation,
  options: LoadOptions,
  { index, run }: { index: number; run: string },
): Promise<ChildProcess> {
  const {
    agents,
    rate,
    publishers = 4,
    senders = 8,
    broadcastShare = BROADCAST_SHARE,
    timed = [],
    errandShare = 0,
  } = options;
  const config: PublisherConfig = {
    index,
    run,
    host: redis.host,
    port: redis.port,
    ...redis.peers,
    rate: rate / publishers,
    senders,
    agents: [...agents],
    broadcastShare,
    timed: [...timed],
    errandShare,
  };
  const child = fork(PUBLISHER, {
    env: { ...process.env, HAIREM_TEST_PUBLISHER: JSON.stringify(config) },
    execArgv: [],
  });
  await once(child, 'message');
  return child;
}

async function stopPublisher(child: ChildProcess, order: StopOrder): Promise<PublisherReport> {
  if (child.exitCode !== null) throw new Error(`a publisher ended with exit code ${child.exitCode}`);
  const report = once(child, 'message');
  child.send(order);
  return (await report)[0];
}

function abandonedIn({ bus }: Installation): string[] {
  return bus.heard.flatMap(({ agent, message }) =>
    message.type === 'abandoned' && Array.isArray(message.ids) ? message.ids.map((id) => `${agent}/${id}`) : [],
  );
}

function addReports(reports: readonly PublisherReport[]): LoadReport {
  const times: PublisherReport['times'] = {};
  for (const report of reports) {
    for (const [agent, list] of Object.entries(report.times)) times[agent] = [...(times[agent] ?? []), ...list];
  }
  return {
    ...addFigures(reports.map((report) => report.figures)),
    published: reports.reduce((sum, report) => sum + report.published, 0),
    achieved: Math.round(reports.reduce((sum, report) => sum + report.published / report.seconds, 0)),
    missing: reports.flatMap((report) => report.missing),
    times,
    trouble: reports.flatMap((report) => report.trouble),
  };
}
