/** Checks of what comes in: strict, all errors at once, and only query strings are turned into numbers. */

import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import type { TSchema } from 'typebox';
import type { FastifySchemaCompiler } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import type { FieldError } from '../core/shared/problem.ts';
import { canonicalIds } from './canonical-ids.ts';
import type { CanonicalIds } from './canonical-ids.ts';
import { coerceQuery } from './query-coercion.ts';
import { describeErrors } from './field-errors.ts';
import { findUnstorable } from './unstorable.ts';

/** More errors than these do not help, and a body can hold a hundred thousand. */
const REPORTED_ERRORS = 50;
// The library stops at eight by default; this setting is that of the whole process.
Settings.Set({ maxErrors: REPORTED_ERRORS });

const SENTENCES: Readonly<Record<string, string>> = {
  body: 'The body is not valid.',
  querystring: 'The query is not valid.',
  params: 'The address is not valid.',
  headers: 'The headers are not valid.',
};

/**
 * Makes the check of one part of a route's requests; Fastify calls it once for each schema. It is compiled when the first such
 * request comes, not at the start.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  let compiled: ReturnType<typeof Compile> | undefined;
  let ids: CanonicalIds | undefined;
  const sentence = SENTENCES[httpPart] ?? 'The request is not valid.';
  return (sent: unknown) => {
    const validator = (compiled ??= Compile(schema));
    ids ??= canonicalIds(schema) ?? unchanged;
    const value = httpPart === 'querystring' ? coerceQuery(schema, sent) : sent;
    const unstorable = findUnstorable(value);
    if (unstorable) return { error: invalid(sentence, [unstorable]) };
    if (validator.Check(value)) return { value: ids(value) };
    if (httpPart === 'body' && (sent === undefined || sent === null)) {
      // As if it were empty: the answer names the fields that a body must have.
      const missing = describeErrors(schema, validator.Errors({}));
      return { error: invalid('A JSON body was expected, there was none.', missing) };
    }
    return { error: invalid(sentence, describeErrors(schema, validator.Errors(value))) };
  };
};

function unchanged(value: unknown): unknown {
  return value;
}

/** Errors inside of alternatives are left out, and may have used up the number that is collected. */
const SOMETHING: readonly FieldError[] = [{ pointer: '', detail: 'does not fit the description of the API' }];

function invalid(detail: string, errors: readonly FieldError[]): Problem {
  return new Problem('invalid-request', detail, { errors: errors.length > 0 ? errors : SOMETHING });
}
