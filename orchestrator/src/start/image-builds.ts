/** How the loop has an agent's image built: with its log kept for whoever asks why there is none. */
import type { ImageBuilder } from '../images/image-builder.ts';
import type { BuildLog } from '../reconcile/commands/build-log.ts';
import type { CrewParts } from './start-agents.ts';

type BuildParts = Pick<CrewParts, 'builder' | 'log' | 'redact'>;

type Ensure = Parameters<ImageBuilder['ensureImage']>[0];

export function buildWith({ builder, log, redact }: BuildParts, buildLog: BuildLog) {
  return (_version: unknown, { images }: Pick<Ensure, 'images'>) =>
    async (version: Ensure['version'], snapshot: Ensure['snapshot'], signal: AbortSignal) => {
      const { agent } = version;
      buildLog.begin(agent);
      const onLine = (line: string) => {
        buildLog.add(agent, redact(line));
        log.debug('build', { agent, line });
      };
      await builder.ensureImage({ version, snapshot, images, signal, onLine });
      buildLog.succeed(agent);
    };
}
