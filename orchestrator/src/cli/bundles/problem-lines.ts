/** Problems of a bundle as compilers print them, so that editors can jump to the place. */
import type { Problem } from '../../domain/desired.ts';
import { oneLine } from '../format.ts';

/** `agents/echo/manifest.yaml:3:5: error: resources.memory: expected a size` */
export function problemLine(folder: string, { severity, file, line, column, path, message }: Problem): string {
  const place = [`${folder}/${file}`, line, line === null ? null : column].filter((part) => part !== null).join(':');
  return oneLine(`${place}: ${severity}: ${path === '' ? '' : `${path}: `}${message}`);
}
