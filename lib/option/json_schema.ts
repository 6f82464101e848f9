import type { JsonSchema, Option, Shape } from './option.ts';

/** How a name is spelled where the schema is used: snake_case in a configuration, camelCase in TypeScript. */
type Spelling = (key: string) => string;

/** The JSON Schema (draft 2020-12) of a shape: every option with its type, default and doc. */
export function shapeSchema(shape: Shape, spell: Spelling): JsonSchema {
  const required = Object.entries(shape).filter(([, option]) => option.isRequired);
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(shape).flatMap(([key, option]) => [
        [spell(key), optionSchema(option, spell)],
        ...option.aliases.map((alias) => [
          spell(alias),
          { ...optionSchema(option, spell), deprecated: true },
        ]),
      ]),
    ),
    ...(required.length > 0 && { required: required.map(([key]) => spell(key)) }),
    additionalProperties: false,
  };
}

function optionSchema(option: Option<unknown, unknown>, spell: Spelling): JsonSchema {
  const description = option.doc;
  switch (option.form) {
    case 'value': {
      const { defaultText } = option;
      return {
        ...option.schema,
        description,
        ...(defaultText !== undefined && { default: defaultText }),
      };
    }
    case 'section':
      return listOf(option.isRepeated, { ...shapeSchema(option.shape, spell), description });
    case 'plugin':
      return listOf(option.isRepeated, {
        type: 'object',
        description,
        properties: { '@type': typeSchema(option.kind, option.defaultType) },
        ...(option.defaultType === undefined && { required: ['@type'] }),
      });
    case 'free':
      return { type: 'object', description, additionalProperties: { type: 'string' } };
  }
}

function typeSchema(kind: string, defaultType: string | undefined): JsonSchema {
  const description = `The type of a ${kind}.`;
  return {
    type: 'string',
    description,
    ...(defaultType !== undefined && { default: defaultType }),
  };
}

function listOf(isRepeated: boolean, schema: JsonSchema): JsonSchema {
  return isRepeated ? { type: 'array', items: schema } : schema;
}
