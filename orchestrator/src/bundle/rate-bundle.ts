/** How far an agent can reach out of its sandbox: 8 is the sandbox as it comes, 1 the least closed. Pure. */
import { DEFAULT_GRANT, type Grant } from '../domain/grants.ts';
import { isWithin, namedAddress } from '../domain/llm/model-address.ts';
import type { Version } from '../domain/version.ts';

export interface Rating {
  value: number;
  /** One line for each thing that opens the sandbox; one that says so when nothing does. */
  reasons: string[];
}

const BY_KIND =
  ', as every bundle written for the in-process hAIrem; "network: {egress: none}" in its manifest closes it';

const MIB = 1024 * 1024;

type Rated = Pick<Version, 'spec' | 'update' | 'egressBecause' | 'secrets' | 'soft'>;

export function rateBundle(
  { spec, update, egressBecause, secrets = [], soft }: Rated,
  grant: Grant = DEFAULT_GRANT,
): Rating {
  const model = namedAddress(soft.llm_config);
  // What is granted counts below.
  const isModelOwn = model !== null && !grant.modelAddresses.some((granted) => isWithin(granted, model));
  const byKind = egressBecause ? BY_KIND : '';
  const costs: [boolean, number, string][] = [
    [spec.egress === 'internet', 3, `reaches the internet, the local network and what this host serves on it${byKind}`],
    [spec.egress === 'internet' && secrets.length > 0, 1, 'could send the secrets that it declares there'],
    [isModelOwn, 1, `names an address of its own for its language model, which hears all that it asks: ${model}`],
    [spec.storage, 1, 'keeps files of its own that outlive a version'],
    [spec.memory > 512 * MIB, 1, `may use ${Math.round(spec.memory / MIB)} MiB of memory`],
    [spec.cpus > 1, 1, `may use ${spec.cpus} cores`],
    [spec.pids > 256, 1, `may run ${spec.pids} processes`],
    ...grantCosts(grant),
    [update.strategy === 'stop-first', 1, 'owns something exclusive: its updates interrupt it'],
  ];
  const paid = costs.filter(([applies]) => applies);
  const value = Math.max(1, 8 - paid.reduce((sum, [, cost]) => sum + cost, 0));
  const reasons = paid.map(([, cost, text]) => `-${cost}: ${text}`);
  return { value, reasons: reasons.length > 0 ? reasons : ['reaches nothing but the bus, and keeps nothing'] };
}

/** What the owner's list gives it beyond what every bundle may have. */
function grantCosts({ variables, files, modelAddresses, ceilings, build }: Grant): [boolean, number, string][] {
  const shared = [...variables, ...files];
  const { memory, cpus, pids } = DEFAULT_GRANT.ceilings;
  const isRaised = ceilings.memory > memory || ceilings.cpus > cpus || ceilings.pids > pids;
  const most = `${Math.round(ceilings.memory / MIB)} MiB, ${ceilings.cpus} cores, ${ceilings.pids} processes`;
  return [
    [shared.length > 0, 1, `is granted what is not its own by name: ${shared.join(', ')}`],
    [modelAddresses.length > 0, 1, `is granted language models at ${modelAddresses.join(', ')}`],
    [isRaised, 1, `is granted higher ceilings than others: ${most}`],
    [build.compilers || build.sources.length > 0, 1, `is granted builds ${buildText(build)}`],
  ];
}

function buildText({ compilers, sources }: Grant['build']): string {
  const from = sources.length > 0 ? [`with packages from ${sources.join(', ')}`] : [];
  return [...(compilers ? ['from source, with compilers'] : []), ...from].join(' and ');
}
