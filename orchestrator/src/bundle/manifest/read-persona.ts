/** persona.yaml: narrative instructions. It is kept whole; only what hAIrem itself reads is checked. Pure. */
import type { Problem } from '../../domain/desired.ts';
import type { Skill } from '../../domain/version.ts';
import { checkSchema } from './check-schema.ts';
import type { JsonObject } from './json-value.ts';
import { type Persona, personaSchema } from './manifest-schema.ts';
import type { Dialect } from './yaml-convert.ts';
import { readYaml } from './yaml-file.ts';

export const PERSONA_FILE = 'persona.yaml';

export interface PersonaReading {
  /** Null when there is no such file or it has an error. */
  persona: Persona | null;
  /** As written. */
  value: JsonObject | null;
  problems: Problem[];
}

export function readPersona(bytes: Uint8Array | undefined, dialect: Dialect = '1.2'): PersonaReading {
  if (bytes === undefined) return { persona: null, value: null, problems: [] };
  const file = readYaml(PERSONA_FILE, bytes, new Set(), dialect);
  if (file.problems.length > 0) return { persona: null, value: null, problems: file.problems };
  const stated = Object.fromEntries(Object.entries(file.value).filter(([, member]) => member !== null));
  const problemAt = (path: readonly (string | number)[], message: string) => file.problem('error', path, message);
  const { parsed, problems } = checkSchema({ schema: personaSchema, value: stated, problemAt });
  const habits = file.habits.filter(({ path }) => problems.every((one) => one.path !== path));
  return { persona: parsed, value: parsed === null ? null : stated, problems: [...problems, ...habits] };
}

export function skillsOfPersona(persona: Persona | null): Skill[] {
  return (persona?.skills ?? []).map((skill) =>
    typeof skill === 'string' ? { name: skill, description: '' } : toSkill(skill),
  );
}

/** A skill with only the members it has: `parameters` is absent rather than undefined. */
export function toSkill({
  parameters,
  ...rest
}: {
  name: string;
  description: string;
  parameters?: JsonObject | undefined;
}): Skill {
  return parameters === undefined ? rest : { ...rest, parameters };
}
