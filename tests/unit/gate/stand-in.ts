/** What a gate of the unit tests is of, and things on its stand-in for an engine. */
import { fileURLToPath } from 'node:url';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import type { Scope } from '../../../orchestrator/src/gate/scope.ts';
import { type BaseImages, readBaseImages } from '../../../orchestrator/src/images/base-image.ts';

export const INSTALL = 'ab12cd34';
export const scope: Scope = {
  installId: INSTALL,
  redis: { project: 'hairem', service: 'redis' },
  subnet: '10.201.0.0/16',
};
export const readBases = (): Promise<BaseImages> =>
  readBaseImages(fileURLToPath(new URL('../../../agent-base-image', import.meta.url)));

export const idOf = (digit: string) => digit.repeat(64);
export const labelsOf = (installId: string, more: Record<string, string> = {}) => ({
  [LABEL.orchestrator]: installId,
  ...more,
});
