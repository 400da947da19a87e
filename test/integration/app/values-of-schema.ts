import type { z } from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/** A random value of the form that a JSON schema describes; names in it are of nothing that exists. */
export function valueOf(schema: Schema, random: () => number): unknown {
  const whole = (most: number): number => Math.floor(random() * most);
  const { anyOf, oneOf, enum: choices, const: fixed, type, properties = {}, required = [], items } = schema;
  if (fixed !== undefined) return fixed;
  if (choices) return choices[whole(choices.length)];
  const options = anyOf ?? oneOf;
  if (options) return valueOf(options[whole(options.length)] as Schema, random);
  switch (type) {
    case 'object':
      return Object.fromEntries(Object.entries(properties).flatMap(([name, each]) => (required.includes(name) || random() < 0.5 ? [[name, valueOf(each as Schema, random)]] : [])));
    case 'array': {
      const many = Math.min(schema.maxItems ?? 3, Math.max(schema.minItems ?? 0, whole(3)));
      return Array.from({ length: many }, () => valueOf((items ?? {}) as Schema, random));
    }
    case 'integer':
    case 'number': {
      const least = schema.minimum ?? Number(schema.exclusiveMinimum ?? 0);
      const value = least + random() * (Math.min(schema.maximum ?? least + 10, least + 10) - least);
      return type === 'integer' ? Math.floor(value) : value;
    }
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    case 'string':
      return `nothing-${whole(1e6)}`;
    case undefined:
    default:
      return undefined;
  }
}
