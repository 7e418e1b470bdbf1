/**
 * Whose a thing on the engine is. A name is looked up once and the call is made with the id; labels of an id never
 * change, so an answer about one is kept.
 */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { askEngine, type Upstream } from './engine-call.ts';
import { isOurImage, isOurs, isRedis, type Labels, type Scope } from './scope.ts';

export interface Owned {
  id: string;
  name: string;
  labels: Labels;
  /** Of a container: the id of its image. */
  imageId: string;
  /** Of an image, as it was looked up. */
  tags: readonly string[];
}

/** All: not_found where there is no such thing, or it is somebody else's, with the same words; engine_unavailable. */
export interface Owners {
  container(ref: string): Promise<Owned>;
  /** Ours, or the Redis of our project. */
  containerOrRedis(ref: string): Promise<Owned>;
  redis(ref: string): Promise<Owned>;
  network(ref: string): Promise<Owned>;
  image(ref: string): Promise<Owned>;
  volume(name: string): Promise<Owned>;
}

export interface OwnersOptions {
  upstream: Upstream;
  scope: Scope;
  /** Told of each thing that is somebody else's. */
  onForeign?: (line: string) => void;
}

const FULL_ID = /^(?:sha256:)?[0-9a-f]{64}$/;
/** Ids whose labels are kept; what goes first is what was asked for longest ago. */
const KEPT = 2000;

const labels = z.record(z.string(), z.string()).nullish();
const inspected = z
  .object({
    Id: z.string().optional(),
    Name: z.string().optional(),
    Image: z.string().optional(),
    RepoTags: z.array(z.string()).nullish(),
    Labels: labels,
    Config: z.object({ Labels: labels }).nullish(),
  })
  .transform(
    ({ Id, Name = '', Image = '', RepoTags, Labels, Config }): Owned => ({
      id: Id ?? Name,
      name: Name.replace(/^\//, ''),
      labels: Labels ?? Config?.Labels ?? {},
      imageId: Image,
      tags: RepoTags ?? [],
    }),
  );

type Kind = 'container' | 'network' | 'image' | 'volume';
const PATH: Readonly<Record<Kind, (ref: string) => string>> = {
  container: (ref) => `/containers/${ref}/json`,
  network: (ref) => `/networks/${ref}`,
  image: (ref) => `/images/${ref}/json`,
  volume: (ref) => `/volumes/${ref}`,
};

export function createOwners({ upstream, scope, onForeign = () => {} }: OwnersOptions): Owners {
  const known = createKept(KEPT);

  async function find(kind: Kind, ref: string): Promise<Owned> {
    const kept = FULL_ID.test(ref) ? known.get(`${kind} ${ref}`) : undefined;
    if (kept) return kept;
    const { status, body } = await askEngine(upstream, PATH[kind](ref));
    if (status === 404) throw absent(kind, ref);
    if (status !== 200) throw new HairemError('engine_refused', `the engine cannot tell whose ${kind} ${ref} is`);
    const found = inspected.parse(body);
    // Tags move, so an image is kept under its id alone, and volumes have none.
    if (kind !== 'volume') known.set(`${kind} ${found.id}`, found);
    return found;
  }

  async function owned(kind: Kind, ref: string, isAllowed: (thing: Owned) => boolean): Promise<Owned> {
    const found = await find(kind, ref);
    if (isAllowed(found)) return found;
    onForeign(`${kind} ${ref} is not of this installation`);
    throw absent(kind, ref);
  }

  const ours = (thing: Owned) => isOurs(thing.labels, scope);
  const redis = (thing: Owned) => isRedis(thing, scope);
  return {
    container: (ref) => owned('container', ref, ours),
    containerOrRedis: (ref) => owned('container', ref, (thing) => ours(thing) || redis(thing)),
    redis: (ref) => owned('container', ref, redis),
    network: (ref) => owned('network', ref, ours),
    image: (ref) => owned('image', ref, (thing) => isOurImage(thing.labels, scope)),
    volume: (name) => owned('volume', name, ours),
  };
}

/** As the engine says it, so that nobody learns from the answer what else is there. */
const absent = (kind: Kind, ref: string) => new HairemError('not_found', `No such ${kind}: ${ref}`);

function createKept(limit: number) {
  const kept = new Map<string, Owned>();
  return {
    get(key: string): Owned | undefined {
      const found = kept.get(key);
      if (found) {
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    set(key: string, thing: Owned): void {
      kept.delete(key);
      kept.set(key, thing);
      const [oldest] = kept.keys();
      if (kept.size > limit && oldest !== undefined) kept.delete(oldest);
    },
  };
}
