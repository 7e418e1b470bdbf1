/** `hairem validate`: checks bundles without running them, every problem with its place. */

import { printable } from '../../api/printable.ts';
import { listRoot, othersLine } from '../../bundle/files/list-root.ts';
import { type Validation, validateBundle } from '../../bundle/validate-bundle.ts';
import { reservedNames } from '../../domain/reserved-names.ts';
import { createGrantFile } from '../../grants/grant-file.ts';
import { SETTINGS } from '../../process/config.ts';
import { bundleFolders } from '../bundles/bundle-folders.ts';
import { leftOutLine } from '../bundles/folder-findings.ts';
import { problemLine } from '../bundles/problem-lines.ts';
import { type Command, EXIT, type Terminal } from '../command.ts';

export const validate: Command = async ({ words, json, config, terminal }) => {
  const list = createGrantFile({ path: config.grantsFile, isReserved: reservedNames(SETTINGS) });
  await list.look();
  const problem = list.problem();
  if (problem !== null) terminal.err(printable(problem));
  const checked: { path: string; validation: Validation }[] = [];
  for (const path of await bundleFolders(words, config.agentsDir))
    checked.push({ path, validation: await validateBundle(path, list.grants) });
  if (json)
    terminal.out(
      JSON.stringify(
        checked.map(({ path, validation }) => ({ path, ...validation })),
        null,
        2,
      ),
    );
  else for (const { path, validation } of checked) print(terminal, path, validation);
  const { others } = words.length === 0 ? await listRoot(config.agentsDir) : { others: [] };
  if (others.length > 0) terminal.err(printable(`not agents: ${othersLine(others)}`));
  if (checked.length === 0) terminal.err(`no bundles in ${config.agentsDir}`);
  return checked.every(({ validation }) => validation.valid) ? EXIT.ok : EXIT.failed;
};

function print({ out }: Terminal, path: string, validation: Validation): void {
  const { id, valid, problems, rating, left_out, left_out_count } = validation;
  for (const problem of problems) out(problemLine(path, problem));
  const byTools = left_out.filter(({ because }) => because !== '.hairemignore');
  if (byTools.length > 0)
    out(`${path}: note: ${leftOutLine(byTools, left_out_count - left_out.length + byTools.length)}`);
  const rated =
    rating === null
      ? ''
      : `, rating ${rating.value} of 8${rating.reasons.length === 0 ? '' : ` (${rating.reasons.join('; ')})`}`;
  out(`${id}: ${valid ? 'valid' : 'invalid'}${rated}`);
}
