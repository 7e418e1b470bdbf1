/** One row of what pip and npm print when an install fails, and what to do about it. */
import type { AgentId } from '../../domain/agent.ts';
import { linesToGrant } from '../../domain/grants.ts';
import type { Runtime } from '../../domain/version.ts';

export interface FailedInstall {
  agent: AgentId;
  runtime: Runtime;
  /** It was granted to build from source. */
  compilers: boolean;
}

export interface Cause {
  line: RegExp;
  says: string | ((install: FailedInstall, found: RegExpExecArray, lines: readonly string[]) => string);
}

export const granted = ({ agent }: FailedInstall, value = '{compilers: true}') => linesToGrant(agent, 'build', value);

export const again = ({ agent }: FailedInstall) => `\`hairem reload ${agent}\` tries once more`;
