/** Schema errors as sentences for people, each with a JSON pointer to the field it is about. */

import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import type { FieldError } from '../core/shared/problem.ts';
import { escapePointer } from './unstorable.ts';

/** A schema may carry its own sentence under this name, for patterns that no person should have to read. */
export const SENTENCE = 'x-sentence';
/** Or this one, for what does not match its pattern only: its lengths have sentences that say enough. */
export const PATTERN_SENTENCE = 'x-pattern-sentence';

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'must be a UUID',
  'date-time': 'must be a time such as 2026-01-31T12:00:00Z (RFC 3339)',
  date: 'must be a date such as 2026-01-31',
  email: 'must be an e-mail address',
  uri: 'must be an address such as https://example.com/',
};

/** Returns one sentence for each wrong field, in the order in which they were found. */
export function describeErrors(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
): readonly FieldError[] {
  const shown = withoutAlternatives(schema, errors);
  const fields = shown.flatMap((error) => describe(schema, error));
  // One pattern can fail beside a length; a person needs one sentence for a field.
  const seen = new Set<string>();
  return fields.filter(({ pointer, detail }) => {
    const key = `${pointer} ${detail}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function describe(schema: TSchema, error: TLocalizedValidationError): FieldError[] {
  const pointer = error.instancePath;
  const node = at(schema, error.schemaPath);
  const own = node[SENTENCE] ?? (error.keyword === 'pattern' ? node[PATTERN_SENTENCE] : undefined);
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        pointer: `${pointer}/${escapePointer(name)}`,
        detail: 'is required',
      }));
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        pointer: `${pointer}/${escapePointer(name)}`,
        detail: 'is not known here',
      }));
    case 'boolean':
      // It says of one field what `additionalProperties` says of all, which is missing when there were too many errors before it.
      return [{ pointer, detail: 'is not known here' }];
    default:
      return [{ pointer, detail: typeof own === 'string' ? own : sentence(schema, error) }];
  }
}

const counted = (count: number | string, what: string): string =>
  `${count} ${what}${Number(count) === 1 ? '' : 's'}`;

function sentence(schema: TSchema, error: TLocalizedValidationError): string {
  switch (error.keyword) {
    case 'type':
      return `must be ${typesOf(error.params.type)}`;
    case 'enum':
      return `must be one of ${listed(error.params.allowedValues)}`;
    case 'const':
      return `must be ${JSON.stringify(error.params.allowedValue)}`;
    case 'anyOf':
      return `must be one of ${alternativesOf(at(schema, error.schemaPath))}`;
    case 'format':
      return FORMATS[error.params.format] ?? `must have the format ${error.params.format}`;
    case 'minLength':
      return `must have at least ${counted(error.params.limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${counted(error.params.limit, 'character')}`;
    case 'minItems':
      return `must have at least ${counted(error.params.limit, 'item')}`;
    case 'maxItems':
      return `must have at most ${counted(error.params.limit, 'item')}`;
    case 'minProperties':
      return `must have at least ${counted(error.params.limit, 'field')}`;
    case 'minimum':
      return `must be at least ${error.params.limit}`;
    case 'exclusiveMinimum':
      return `must be above ${error.params.limit}`;
    case 'maximum':
      return `must be at most ${error.params.limit}`;
    default:
      return error.message;
  }
}

/**
 * For a field with alternatives one message is enough: what is wrong with the one alternative that is not null, or
 * which alternatives there are.
 */
function withoutAlternatives(schema: TSchema, errors: readonly TLocalizedValidationError[]) {
  const unions = errors.filter((error) => error.keyword === 'anyOf');
  return errors.filter((error) => {
    if (error.keyword === 'anyOf') return onlyAlternative(at(schema, error.schemaPath)) === undefined;
    return unions.every((union) => {
      const branches = `${union.schemaPath}/anyOf/`;
      if (!error.schemaPath.startsWith(branches)) return true;
      const only = onlyAlternative(at(schema, union.schemaPath));
      return only !== undefined && error.schemaPath.slice(branches.length).split('/', 1)[0] === String(only);
    });
  });
}

/** Returns the place of the one alternative that is not null, or undefined when there are several. */
function onlyAlternative({ anyOf }: SchemaNode): number | undefined {
  if (!Array.isArray(anyOf)) return undefined;
  const places = anyOf.flatMap((alternative, index) =>
    asNode(alternative)['type'] === 'null' ? [] : [index],
  );
  return places.length === 1 ? places[0] : undefined;
}

function alternativesOf({ anyOf }: SchemaNode): string {
  const alternatives: readonly unknown[] = Array.isArray(anyOf) ? anyOf : [];
  return alternatives.map((alternative) => nameOf(asNode(alternative))).join(', ');
}

function nameOf({ const: value, title, type }: SchemaNode): string {
  if (value !== undefined) return JSON.stringify(value);
  if (typeof title === 'string') return title;
  return typeof type === 'string' ? type : 'another form';
}

type SchemaNode = Readonly<Record<string, unknown>>;

/** The part of a schema that a path such as `#/properties/units` leads to. */
function at(schema: TSchema, path: string): SchemaNode {
  const steps = path.split('/').slice(1);
  return asNode(
    steps.reduce<unknown>(
      (node, step) => asNode(node)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
      schema,
    ),
  );
}

function asNode(value: unknown): SchemaNode {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** That it may also be null is left out: a client that sent another type did not mean null. */
function typesOf(type: string | readonly string[]): string {
  const names = [type].flat().filter((name) => name !== 'null');
  return names.map((name) => (/^[aio]/.test(name) ? `an ${name}` : `a ${name}`)).join(' or ');
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}
