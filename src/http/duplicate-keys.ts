/** JSON bodies with a key twice: `JSON.parse` keeps the last one, and who read the body before us may have kept the first. */

import { Problem } from '../core/shared/problem.ts';
import type { FastifyBodyParser } from 'fastify';
import type { App } from './route.ts';

/** A key may be as long as the body. */
const SHOWN_OF_KEY = 100;
/** A string, and the colon that makes it a key; or the beginning or the end of an object. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;

/** Returns a key that an object in a valid JSON text has twice, or undefined. `parsed` is what the text was parsed to. */
export function duplicateKey(text: string, parsed: unknown): string | undefined {
  let keys = 0;
  for (const [, colon] of text.matchAll(TOKENS)) if (colon !== undefined) keys += 1;
  return keys === keysOf(parsed) ? undefined : findDuplicate(text);
}

/** Parses JSON bodies as Fastify does; one with a key twice is refused with `invalid-request`. */
export function parseJson(app: App): FastifyBodyParser<string> {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (request, text, done) =>
    parse(request, text, (error, parsed) => {
      if (error) return done(error);
      const key = duplicateKey(text, parsed);
      if (key === undefined) return done(null, parsed);
      const detail = `has the key ${JSON.stringify(key.slice(0, SHOWN_OF_KEY))} twice in one object`;
      done(new Problem('invalid-request', `The body ${detail}.`, { errors: [{ pointer: '', detail }] }));
    });
}

/** How many keys a value has, those of everything in it included. Without recursion, because a body may be deep. */
function keysOf(parsed: unknown): number {
  let count = 0;
  const left = [parsed];
  for (let value = left.pop(); left.length > 0 || value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const inside: unknown[] = Object.values(value);
    if (!Array.isArray(value)) count += inside.length;
    for (const one of inside) left.push(one);
  }
  return count;
}

function findDuplicate(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const key = String(JSON.parse(token.slice(0, -colon.length)));
      const seen = open.at(-1);
      if (seen?.has(key) === true) return key;
      seen?.add(key);
    }
  }
  return undefined;
}
