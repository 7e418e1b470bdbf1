/** Engine JSON into our nouns. Labels are the truth after a restart; what does not parse is not ours. Pure. */
import * as z from 'zod';
import { LABEL } from '../domain/labels.ts';
import type { ObservedContainer, ObservedImage, ObservedNetwork } from '../domain/observation.ts';

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {});

/** What an engine may leave out of a row must not hide all the others. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

export const containerSummary = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Image: text,
  ImageID: text,
  State: text,
  Labels: labels,
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});
export type ContainerSummary = z.infer<typeof containerSummary>;

/** What only an inspection tells. */
export const containerState = z.object({
  State: z
    .object({ OOMKilled: z.boolean().nullish(), ExitCode: z.int().nullish(), StartedAt: z.string().nullish() })
    .nullish()
    .transform((state) => state ?? {}),
});
export type ContainerState = z.infer<typeof containerState>['State'];

export const imageSummary = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  Labels: labels,
  Size: z.number().nullish(),
});

export const networkSummary = z.object({
  Id: z.string(),
  Name: z.string(),
  Internal: z.boolean().nullish(),
  Labels: labels,
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().nullish() })).nullish() }).nullish(),
});
export type NetworkSummary = z.infer<typeof networkSummary>;

export const volumeSummary = z.object({ Name: z.string(), Labels: labels });

const hash = z.string().min(1);

const instanceLabels = z.object({
  [LABEL.agent]: z.string().min(1),
  [LABEL.instance]: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
  [LABEL.bundleHash]: hash,
  [LABEL.imageHash]: hash,
  [LABEL.depsHash]: hash,
  [LABEL.specHash]: hash,
  [LABEL.secretsHash]: z.string().default(''),
  [LABEL.credSha256]: z.string().regex(/^[0-9a-f]{64}$/),
});

/** @returns null where the labels are not those of an instance */
export function toContainer(summary: ContainerSummary, state: ContainerState): ObservedContainer | null {
  const parsed = instanceLabels.safeParse(summary.Labels);
  if (!parsed.success) return null;
  const own = parsed.data;
  const status = toStatus(summary.State);
  return {
    id: summary.Id,
    name: nameOf(summary),
    image: summary.Image,
    imageId: summary.ImageID,
    agent: own[LABEL.agent],
    inst: own[LABEL.instance],
    status,
    exitCode: status === 'exited' ? (state.ExitCode ?? null) : null,
    oomKilled: state.OOMKilled ?? false,
    startedAt: startOf(state),
    bundleHash: own[LABEL.bundleHash],
    imageHash: own[LABEL.imageHash],
    depsHash: own[LABEL.depsHash],
    specHash: own[LABEL.specHash],
    secretsHash: own[LABEL.secretsHash],
    credSha256: own[LABEL.credSha256],
  };
}

export function nameOf(summary: ContainerSummary): string {
  return (summary.Names?.[0] ?? '').replace(/^\//, '');
}

/** A paused or restarting container is alive as far as we care: something has to be done to end it. */
function toStatus(state: string): ObservedContainer['status'] {
  if (state === 'created') return 'created';
  return state === 'exited' || state === 'dead' || state === 'removing' ? 'exited' : 'running';
}

/** The engine says year 1 for what never started. */
function startOf(state: ContainerState): string | null {
  return state.StartedAt && !state.StartedAt.startsWith('0001-') ? state.StartedAt : null;
}

/**
 * One per tag; one whose tag went to another image, or whose build failed, goes by its id, so that it can be removed.
 * Base and dependency images are everybody's on the engine: their labels say who made them, and those of what stands on
 * them say it too.
 */
export function toImages(image: z.infer<typeof imageSummary>, installId: string): ObservedImage[] {
  const { Id: id, Labels, Size } = image;
  const bytes = Size ?? 0;
  const kind = z.enum(['base', 'deps', 'bundle']).safeParse(Labels[LABEL.kind]).data;
  if (!kind || (kind === 'bundle' && Labels[LABEL.orchestrator] !== installId)) return [];
  const tags = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  const agent = kind === 'bundle' ? (Labels[LABEL.agent] ?? null) : null;
  const isOurs = kind === 'bundle' || Labels[LABEL.maker] === installId;
  const hashes = { imageHash: Labels[LABEL.imageHash] ?? null, depsHash: Labels[LABEL.depsHash] ?? null };
  return (tags.length > 0 ? tags : [id]).map((tag) => ({ id, tag, kind, agent, ...hashes, isOurs, bytes }));
}

export function toNetwork(network: NetworkSummary): ObservedNetwork | null {
  const agent = network.Labels[LABEL.agent];
  if (!agent) return null;
  const subnets = (network.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []);
  return { id: network.Id, name: network.Name, agent, egress: network.Internal ? 'none' : 'internet', subnets };
}

export function toVolume(volume: z.infer<typeof volumeSummary>) {
  const agent = volume.Labels[LABEL.agent];
  return agent ? { name: volume.Name, agent } : null;
}
