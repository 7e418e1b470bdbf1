/** Bundles of a few files, and what `validate` says of them. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { type Files, MANIFEST, temporaryFolder, writeFiles } from './bundle-folder.ts';

export const TOP = 'import { BaseAgent } from "@hairem/agent";\n';
export const AGENT = 'export class Agent extends BaseAgent {}\n';

/** `file:line:column message` of each problem; a warning says so. */
export async function said(t: TestContext, files: Files): Promise<string[]> {
  const dir = join(await temporaryFolder(t), 'echo');
  await writeFiles(dir, { 'manifest.yaml': `${MANIFEST}network: {egress: none}\n`, ...files });
  const { problems } = await validateBundle(dir);
  return problems.map(
    ({ severity, file, line, column, message }) =>
      `${severity === 'warning' ? 'warning ' : ''}${[file, line, column].filter((part) => part !== null).join(':')} ${message}`,
  );
}

export const LIB = {
  'lib/lamp.ts': 'export interface Lamp { on: boolean }\nexport class Hue {}\nexport const dim = 1;\n',
};
