/** The body of an answer. */

import type { HttpEnd } from './http-exchange.ts';

/** Returns the JSON of an answer; undefined when it says that it is something else, such as a gateway's HTML, or cannot be read. */
export function parseJson({
  contentType,
  body,
}: Pick<HttpEnd & { readonly end: 'answered' }, 'contentType' | 'body'>): unknown {
  if (!/^application\/(?:[a-z.+-]+\+)?json\b/i.test(contentType)) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) ?? undefined;
  } catch {
    return undefined;
  }
}
