/**
 * A tool as every provider takes it. Strict ones refuse the whole question for a schema that lacks what it says by itself,
 * and bundles come with schemas that were written for lenient ones. Pure.
 */
type Fields = Readonly<Record<string, unknown>>;

/** A schema that says at least that it is an object with properties, and whose `required` is a list. */
export function plainTool(tool: Fields): Fields {
  const { function: own, ...rest } = tool;
  if (typeof own !== 'object' || own === null) return tool;
  const { parameters, description, ...named } = own as Fields;
  const text = typeof description === 'string' ? { description } : {};
  return { ...rest, function: { ...named, ...text, parameters: plainSchema(parameters) } };
}

function plainSchema(schema: unknown): Fields {
  const given = isFields(schema) ? schema : {};
  const properties = isFields(given.properties) ? given.properties : {};
  const marked = Object.keys(properties).filter((name) => isMarked(properties[name]));
  const { required, type: _, properties: __, ...rest } = given;
  const listed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const names = [...new Set([...listed, ...marked])];
  const plain = Object.entries(properties).map(([name, one]) => [name, isMarked(one) ? unmarked(one) : one]);
  return {
    ...rest,
    type: 'object',
    properties: Object.fromEntries(plain),
    ...(names.length > 0 ? { required: names } : {}),
  };
}

/** `required: true` in a property itself, as people write it. */
const isMarked = (property: unknown): property is Fields =>
  isFields(property) && typeof property.required === 'boolean' && property.required;

function unmarked({ required: _, ...property }: Fields): Fields {
  return property;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
