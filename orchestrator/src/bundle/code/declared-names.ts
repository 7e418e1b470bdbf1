/** The names that an exported declaration gives to other files. Pure. */
import type { Program } from 'acorn';

type Declared = Extract<Program['body'][number], { type: 'ExportNamedDeclaration' }>['declaration'];

export function declaredNames(declaration: Declared): string[] {
  if (!declaration) return [];
  if (declaration.type !== 'VariableDeclaration') return [declaration.id.name];
  return declaration.declarations.flatMap(({ id }) => patternNames(id));
}

type Pattern = Extract<NonNullable<Declared>, { type: 'VariableDeclaration' }>['declarations'][number]['id'];

function patternNames(pattern: Pattern | null): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((one) => patternNames(one.type === 'Property' ? one.value : one.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap(patternNames);
    case 'AssignmentPattern':
      return patternNames(pattern.left);
    case 'RestElement':
      return patternNames(pattern.argument);
    default:
      return [];
  }
}
