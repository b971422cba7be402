/** Reads the parameters of an address. What cannot be read is refused with its name, as OANDA does. */

import type { FastifyRequest } from 'fastify';
import { invalidValue, missingParameter } from './v20-error.ts';
import { parseTime } from './wire/time.ts';

/** Returns a parameter as text; undefined when it is absent or empty. A repeated one counts once, with its last value. */
export function queryText(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Readonly<Record<string, unknown>>)[name];
  const text: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** Returns a parameter that the request must have. */
export function requiredText(request: FastifyRequest, name: string): string {
  const text = queryText(request, name);
  if (text === undefined) throw missingParameter(name);
  return text;
}

/** Returns the parts of a list that commas separate; undefined when it is absent. */
export function queryList(request: FastifyRequest, name: string): readonly string[] | undefined {
  return queryText(request, name)?.split(',');
}

/** Returns a whole number that is not negative; undefined when it is absent. */
export function queryWhole(request: FastifyRequest, name: string): number | undefined {
  const text = queryText(request, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidValue(name);
  return Number(text);
}

/** Returns an instant in UTC milliseconds; undefined when it is absent. */
export function queryTime(request: FastifyRequest, name: string): number | undefined {
  const text = queryText(request, name);
  if (text === undefined) return undefined;
  const at = parseTime(text);
  if (at === undefined) throw invalidValue(name);
  return at;
}

/** Returns one of the words that a parameter may have; undefined when it is absent. */
export function queryWord<Word extends string>(
  request: FastifyRequest,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = queryText(request, name);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw invalidValue(name);
  return word;
}

/** Returns true or false; `fallback` when it is absent. */
export function queryFlag(request: FastifyRequest, name: string, fallback: boolean): boolean {
  const word = queryWord(request, name, ['true', 'false', 'True', 'False']);
  return word === undefined ? fallback : word.toLowerCase() === 'true';
}
