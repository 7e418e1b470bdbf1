/** What an answer of the engine shows to the orchestrator: rows of ours, and of each the fields that we read. */
import * as z from 'zod';
import { LABEL } from '../domain/labels.ts';
import { readJson } from '../domain/text/json-text.ts';
import type { Owners } from './owners.ts';
import { isOurImage, isOurs, isRedis, knownLabels, type Scope } from './scope.ts';

export interface View {
  scope: Scope;
  owners: Owners;
}

/** Keys that a schema does not name are left out of what it gives. */
export type Project = (body: unknown, view: View) => unknown;

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((all) => knownLabels(all ?? {}));
const names = z
  .record(
    z.string(),
    z.unknown().transform(() => ({})),
  )
  .nullish();

const version = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().nullish() });
const info = z.object({ Warnings: z.array(z.string()).nullish(), CgroupVersion: z.string().nullish() });
const created = z.object({ Id: z.string().optional(), Name: z.string().optional() });

const container = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({
    Status: z.string().nullish(),
    Running: z.boolean().nullish(),
    OOMKilled: z.boolean().nullish(),
    ExitCode: z.int().nullish(),
    StartedAt: z.string().nullish(),
    FinishedAt: z.string().nullish(),
  }),
  Config: z.object({ Labels: labels }),
  NetworkSettings: z.object({ Networks: names }).nullish(),
});

const containerRow = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Image: z.string().nullish(),
  ImageID: z.string().nullish(),
  State: z.string().nullish(),
  SizeRw: z.number().optional(),
  Labels: labels,
  NetworkSettings: z.object({ Networks: names }).nullish(),
});

const imageRow = z.object({
  Id: z.string(),
  RepoTags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags?.filter((tag) => tag.startsWith('hairem/')) ?? []),
  Labels: labels,
  Size: z.number().nullish(),
});
const image = z.object({ Id: z.string(), Config: z.object({ Labels: labels }).nullish() });

const subnets = z.object({ Config: z.array(z.object({ Subnet: z.string().nullish() })).nullish() }).nullish();
const networkRow = z.object({
  Id: z.string(),
  Name: z.string(),
  Internal: z.boolean().nullish(),
  Labels: labels,
  IPAM: subnets,
});
const network = networkRow.extend({ Containers: z.record(z.string(), z.unknown()).nullish() });

const volumeRow = z.object({ Name: z.string(), Labels: labels });
const volumeSize = volumeRow.extend({ UsageData: z.object({ Size: z.number() }).nullish() });

const read =
  <T>(schema: z.ZodType<T>): Project =>
  (body) =>
    schema.parse(body);

export const ANSWER = {
  version: read(version),
  info: read(info),
  created: read(created),
  container: read(container),
  image: read(image),

  containers: (body, { scope }) =>
    z
      .array(containerRow)
      .parse(body)
      .filter(
        (row) => isOurs(row.Labels, scope) || isRedis({ id: row.Id, name: nameOf(row), labels: row.Labels }, scope),
      ),

  images: (body, { scope }) =>
    z
      .array(imageRow)
      .parse(body)
      .filter((row) => LABEL.kind in row.Labels && isOurImage(row.Labels, scope)),

  /** Of others' networks the subnets, so that a free one is found. */
  networks: (body, { scope }) =>
    z
      .array(networkRow)
      .parse(body)
      .map((row) => (isOurs(row.Labels, scope) ? row : { Id: '', Name: '', Labels: {}, IPAM: row.IPAM })),

  async network(body, { owners }) {
    const { Containers, ...rest } = network.parse(body);
    const known = await Promise.all(
      Object.keys(Containers ?? {}).map((id) =>
        owners.containerOrRedis(id).then(
          () => [[id, {}] as const],
          () => [],
        ),
      ),
    );
    return { ...rest, Containers: Object.fromEntries(known.flat()) };
  },

  volumeSizes: (body, { scope }) => {
    const { Volumes } = z.object({ Volumes: z.array(volumeSize).nullish() }).parse(body);
    return { Volumes: (Volumes ?? []).filter((row) => isOurs(row.Labels, scope)) };
  },

  volumes: (body, { scope }) => {
    const { Volumes } = z.object({ Volumes: z.array(volumeRow).nullish() }).parse(body);
    return { Volumes: (Volumes ?? []).filter((row) => isOurs(row.Labels, scope)) };
  },
} as const satisfies Record<string, Project>;

const nameOf = ({ Names }: { Names?: string[] | null | undefined }) => (Names?.[0] ?? '').replace(/^\//, '');

const event = z.object({
  Type: z.literal('container'),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

/** One line of the engine's events as ours, or null where it is not about a container of ours. */
export function eventLine(line: string, scope: Scope): string | null {
  const parsed = event.safeParse(readJson(line));
  if (!parsed.success || !isOurs(parsed.data.Actor.Attributes, scope)) return null;
  const { Type, Action, Actor } = parsed.data;
  const { exitCode } = Actor.Attributes;
  const Attributes = { ...knownLabels(Actor.Attributes), ...(exitCode === undefined ? {} : { exitCode }) };
  return JSON.stringify({ Type, Action, Actor: { ID: Actor.ID, Attributes } });
}
