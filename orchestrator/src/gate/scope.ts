/** Whose gate this is: what compose and `init` say, never the orchestrator. Pure. */
import type * as z from 'zod';
import { LABEL } from '../domain/labels.ts';

export interface Scope {
  installId: string;
  /** The container that is not ours and that agents' networks share: by compose's labels, or by id or name. */
  redis: { project: string; service: string } | { container: string };
  /** IPv4 range that agents' networks are taken from. */
  subnet: string;
}

export type Labels = Readonly<Record<string, string>>;
type Owner = Readonly<{ [LABEL.orchestrator]?: string }>;

export const isOurs = (labels: Owner, { installId }: Scope) => labels[LABEL.orchestrator] === installId;

/** Images of bases, and of dependencies that no installation has put its id on, are everybody's. */
export const isOurImage = (labels: Labels, scope: Scope) =>
  labels[LABEL.kind] === 'base' ||
  (labels[LABEL.kind] === 'deps' && !(LABEL.orchestrator in labels)) ||
  isOurs(labels, scope);

const COMPOSE = { project: 'com.docker.compose.project', service: 'com.docker.compose.service' } as const;

export function isRedis({ id, name, labels }: { id: string; name: string; labels: Labels }, { redis }: Scope): boolean {
  if ('container' in redis) return id === redis.container || name === redis.container;
  return labels[COMPOSE.project] === redis.project && labels[COMPOSE.service] === redis.service;
}

/** The labels by which Redis is looked for; null where it is known by its name. */
export const redisLabels = ({ redis }: Scope) =>
  'container' in redis ? null : [`${COMPOSE.project}=${redis.project}`, `${COMPOSE.service}=${redis.service}`];

/** Ours and those that make Redis known: what else a container is labelled with is nobody's business. */
export const knownLabels = (labels: Labels): Labels =>
  Object.fromEntries(
    Object.entries(labels).filter(
      ([key]) => key.startsWith('io.hairem.') || key === COMPOSE.project || key === COMPOSE.service,
    ),
  );

/** The first thing that a schema does not like about a value. */
export function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'body'}: ${issue?.message}`;
}
