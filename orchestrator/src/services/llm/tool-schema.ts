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
  const properties = Object.entries(isFields(given.properties) ? given.properties : {});
  const marked = properties.filter(([, one]) => isFields(one) && one.required === true).map(([name]) => name);
  const { required: listed, type: _, properties: __, ...rest } = given;
  const required = [...new Set([...(Array.isArray(listed) ? listed : []), ...marked])];
  const plain = Object.fromEntries(properties.map(([name, one]) => [name, unmarked(one)]));
  return { ...rest, type: 'object', properties: plain, ...(required.length > 0 ? { required } : {}) };
}

/** `required: true` stands in a property itself where people wrote it; a schema has a list of names there. */
function unmarked(property: unknown): unknown {
  if (!isFields(property) || typeof property.required !== 'boolean') return property;
  const { required: _, ...own } = property;
  return own;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
