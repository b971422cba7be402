import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { breakingChanges } from './breaking-changes.ts';
import type { ApiDocument } from './breaking-changes.ts';

async function committed(name: string): Promise<ApiDocument> {
  return JSON.parse(await readFile(new URL(`../../docs/api/${name}`, import.meta.url), 'utf8'));
}

const openApi = await committed('openapi.json');
const asyncApi = await committed('asyncapi.json');

interface AnyNode {
  [name: string]: AnyNode;
}

/** Returns a document after a change of one place in it; `undefined` takes the place away. */
function changed(document: ApiDocument, path: readonly string[], value: unknown): ApiDocument {
  const copy = structuredClone(document);
  let node = copy as unknown as AnyNode;
  for (const step of path.slice(0, -1)) node = node[step] ?? fail(path);
  const last = path.at(-1) ?? '';
  if (value === undefined) delete node[last];
  else node[last] = value as AnyNode;
  return copy;
}

function fail(path: readonly string[]): never {
  throw new Error(`The document has no ${path.join(' ')}`);
}

const ORDER = ['components', 'schemas', 'Order'];
const NEW_ORDER = ['components', 'schemas', 'NewOrder'];
const ORDERS = ['paths', '/api/v1/orders'];

describe('a change of the API that breaks programs', () => {
  it.each<[string, readonly string[], unknown, string]>([
    ['an operation is gone', [...ORDERS, 'post'], undefined, 'POST /api/v1/orders is gone'],
    ['a path is gone', ['paths', '/api/v1/trades/{id}'], undefined, 'GET /api/v1/trades/{id} is gone'],
    [
      'an operation has another name',
      [...ORDERS, 'post', 'operationId'],
      'makeOrder',
      'POST /api/v1/orders: its operationId is makeOrder, not placeOrder',
    ],
    [
      'an answer is gone',
      [...ORDERS, 'post', 'responses', '202'],
      undefined,
      'POST /api/v1/orders: the answer 202 is gone',
    ],
    [
      'a parameter is gone',
      [...ORDERS, 'get', 'parameters'],
      [],
      'GET /api/v1/orders: the parameter accountId is gone',
    ],
    [
      'a parameter is needed',
      [...ORDERS, 'get', 'parameters'],
      [{ name: 'why', in: 'query', required: true, schema: { type: 'string' } }],
      'GET /api/v1/orders: the parameter why is needed now',
    ],
    [
      'a field of an answer is gone',
      [...ORDER, 'properties', 'averagePrice'],
      undefined,
      'GET /api/v1/orders/{id}: 200.averagePrice is gone',
    ],
    [
      'a field of an answer has another type',
      [...ORDER, 'properties', 'units'],
      { type: 'string' },
      'GET /api/v1/orders/{id}: 200.units: string may come now',
    ],
    [
      'a field of an answer may be null',
      [...ORDER, 'properties', 'instrument'],
      { type: ['string', 'null'] },
      'GET /api/v1/orders/{id}: 200.instrument: null may come now',
    ],
    [
      'a field of an answer may be missing',
      [...ORDER, 'required'],
      [],
      'GET /api/v1/orders/{id}: 200.instrument may be missing now',
    ],
    [
      'a field of a request is gone',
      [...NEW_ORDER, 'properties', 'tag'],
      undefined,
      'POST /api/v1/orders: body.tag is gone',
    ],
    [
      'a field of a request is needed',
      [...NEW_ORDER, 'required'],
      ['comment'],
      'POST /api/v1/orders: body.comment is needed now',
    ],
    [
      'a value is not taken any more',
      [...NEW_ORDER, 'properties', 'side', 'enum'],
      ['buy'],
      'POST /api/v1/orders: body.side: "sell" is not taken any more',
    ],
    [
      'a text must be shorter',
      [...NEW_ORDER, 'properties', 'instrument', 'maxLength'],
      7,
      'POST /api/v1/orders: body.instrument: its maxLength is 7 now',
    ],
    [
      'a body may not be left out any more',
      ['paths', '/api/v1/positions/{id}/close', 'post', 'requestBody', 'required'],
      true,
      'POST /api/v1/positions/{id}/close: a body is needed now',
    ],
    [
      'a number must be above another one',
      [...NEW_ORDER, 'properties', 'units', 'exclusiveMinimum'],
      100,
      'POST /api/v1/orders: body.units: its exclusiveMinimum is 100 now',
    ],
  ])('is found: %s', (_what, path, value, sentence) => {
    expect(breakingChanges(openApi, changed(openApi, path, value))).toContain(sentence);
  });

  it('is found in the frames of the WebSocket, in both directions', () => {
    const payload = (name: string) => ['components', 'messages', name, 'payload'];
    const changes = (path: readonly string[], value: unknown) =>
      breakingChanges(asyncApi, changed(asyncApi, path, value));

    expect(changes([...payload('quotesData'), 'properties', 'data'], undefined)).toEqual([
      'quotesData.data is gone',
    ]);
    expect(changes([...payload('subscribeEvents'), 'required'], ['after'])).toEqual([
      'subscribeEvents.after is needed now',
    ]);
    expect(changes(['components', 'messages', 'notificationsData'], undefined)).toEqual([
      'the message notificationsData is gone',
    ]);
  });
});

describe('a change of the API that breaks no program', () => {
  it.each<[string, readonly string[], unknown]>([
    ['nothing', ['info'], { title: 'Auto Forex' }],
    ['a path more', ['paths', '/api/v1/weather'], {}],
    ['a field of an answer more', [...ORDER, 'properties', 'mood'], { type: 'string' }],
    ['a value of an answer more', [...ORDER, 'properties', 'side', 'enum'], ['buy', 'sell', 'both']],
    ['a field of a request more', [...NEW_ORDER, 'properties', 'mood'], { type: 'string' }],
    ['a value of a request more', [...NEW_ORDER, 'properties', 'side', 'enum'], ['buy', 'sell', 'both']],
    ['a longer text', [...NEW_ORDER, 'properties', 'instrument', 'maxLength'], 700],
  ])('passes: %s', (_what, path, value) => {
    expect(breakingChanges(openApi, changed(openApi, path, value))).toEqual([]);
  });
});
