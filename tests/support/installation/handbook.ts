/** The handbook, so that what it tells to type is what the tests type. */
import { readFile } from 'node:fs/promises';

const README = new URL('../../../deploy/README.md', import.meta.url);

/** What the handbook tells to type behind this heading: its code blocks, for this installation. */
export async function handbook(project: string, heading: string): Promise<string[]> {
  const text = await readFile(README, 'utf8');
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.map((block) => block.replaceAll('hairem_', `${project}_`));
}
