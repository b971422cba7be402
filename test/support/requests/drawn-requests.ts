/** Requests of an operation as fast-check draws them: right, wrong in one place, or hostile. */

import fc from 'fast-check';
import { hostileBody, hostileText, nearlyOf } from './hostile-values.ts';
import { valuesOf } from './schema-values.ts';
import type { Operation } from './described-operations.ts';
import type { IdsOf, JsonSchema } from './schema-values.ts';

/** How far a request is from what the API's description asks for. */
export type Kind = 'right' | 'nearly' | 'hostile';

export interface DrawnRequest {
  readonly method: Operation['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
}

/** Returns requests of a kind; their ids are those of `idsOf`. */
export function requestsOf(operation: Operation, kind: Kind, idsOf: IdsOf): fc.Arbitrary<DrawnRequest> {
  const { method, path, query, body, bodyType } = operation;
  return fc
    .record({
      filled: paths(path, kind, idsOf),
      asked: queries(query, kind, idsOf),
      payload: body ? bodies(body, bodyType, kind, idsOf) : fc.constant(undefined),
      type: kind === 'hostile' ? fc.oneof(fc.constant(bodyType), contentTypes) : fc.constant(bodyType),
      headers: kind === 'hostile' ? hostileHeaders : fc.constant({}),
    })
    .map(({ filled, asked, payload, type, headers }) => ({
      method,
      url: `${filled}${asked}`,
      headers: { ...headers, ...(payload !== undefined && { 'content-type': type }) },
      ...(payload !== undefined && { payload }),
    }));
}

/** What `URL` would read as a step up, or as another path. */
const isSegment = (text: string) => !['', '.', '..'].includes(text) && text.isWellFormed();

function paths(path: string, kind: Kind, idsOf: IdsOf): fc.Arbitrary<string> {
  const parts = path.split('/').map((part) => {
    if (!part.startsWith('{')) return fc.constant(part);
    const name = part.slice(1, -1);
    const right = name === 'id' ? fc.constantFrom(...idsOf(kindOf(path))) : names;
    const wrong = fc.oneof(
      hostileText.filter(isSegment).map(encodeURIComponent),
      fc.constantFrom('%', '%ff', '%00'),
    );
    return kind === 'hostile'
      ? fc.oneof({ weight: 3, arbitrary: right }, { weight: 1, arbitrary: wrong })
      : right;
  });
  return fc.tuple(...parts).map((filled) => filled.join('/'));
}

/** The part of a path before its id says what the id is of. */
const kindOf = (path: string) => path.split('/{id}', 1)[0]?.split('/').at(-1) ?? '';

const names = fc.constantFrom(
  'EUR_USD',
  'USD_JPY',
  'XAU_USD',
  'ema_cross',
  'donchian_breakout',
  'not-found',
  'none',
);

const contentTypes = fc.constantFrom(
  'application/json; charset=utf-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/xml',
  'application/json; charset=utf-7',
  'APPLICATION/JSON',
  'json',
  '/',
  'application/merge-patch+json',
);

const hostileHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { 'idempotency-key': '' },
      { 'idempotency-key': 'k'.repeat(300) },
      { 'idempotency-key': 'one' },
      { cookie: 'session=%00; session=x' },
      { accept: 'text/csv' },
      { accept: 'image/png;q=0' },
      { 'x-http-method-override': 'DELETE' },
      { 'content-encoding': 'gzip' },
      { 'accept-language': '\u00ff' },
      { 'x-forwarded-for': '::1, 10.0.0.1:99' },
      { range: 'bytes=0-' },
      { expect: '100-continue' },
    ),
  },
);

function queries(schema: JsonSchema, kind: Kind, idsOf: IdsOf): fc.Arbitrary<string> {
  const right = valuesOf(schema, idsOf);
  if (kind === 'right') return right.map(queryText);
  const nearly = nearlyOf(right).map(queryText);
  if (kind === 'nearly')
    return Object.keys(schema.properties ?? {}).length > 0 ? nearly : right.map(queryText);
  const field = fc.constantFrom(
    ...Object.keys(schema.properties ?? {}),
    'limit',
    'cursor',
    '__proto__',
    'a[b]',
  );
  const twice = fc
    .tuple(field, hostileText, hostileText)
    .map(([name, one, other]) => `?${pair(name, one)}&${pair(name, other)}`);
  const raw = fc.constantFrom(
    '?',
    '?&',
    '?=',
    '?a',
    '?%',
    '?limit=%ff',
    `?${'a=1&'.repeat(500)}`,
    '?limit=1&limit=2',
  );
  return fc.oneof(right.map(queryText), nearly, twice, raw);
}

function pair(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return `${encodeURIComponent(name)}=${encodeURIComponent(text.toWellFormed())}`;
}

function queryText(values: unknown): string {
  if (typeof values !== 'object' || values === null) return '';
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => pair(name, one)) : [pair(name, value)],
  );
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function bodies(schema: JsonSchema, type: string, kind: Kind, idsOf: IdsOf): fc.Arbitrary<string> {
  if (type !== 'application/json') return fc.oneof(fc.constant('time,currency\n'), hostileText);
  const right = valuesOf(schema, idsOf);
  if (kind === 'right') return right.map((value) => JSON.stringify(value));
  const nearly = nearlyOf(right).map((value) => JSON.stringify(value) ?? '');
  if (kind === 'nearly') return nearly;
  // The last of two fields of the same name is the one that counts, or neither.
  const twice = right.map((value) => JSON.stringify(value).replace(/^\{"(\w+)":/, '{"$1":0,"$1":'));
  return fc.oneof(hostileBody, hostileBody, twice, nearly);
}
