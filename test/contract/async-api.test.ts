/** The AsyncAPI document: its shape, its examples, and whether real frames are what it says. */

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { withoutReferences } from '../support/requests/described-operations.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { Static, TProperties, TSchema } from 'typebox';
import type { StreamServer } from '../support/stream-server.ts';

const strict = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });
/** The keys that AsyncAPI allows for what others refer to. */
const named = <Value extends TSchema>(value: Value) =>
  Type.Record(Type.String({ pattern: '^[\\w.-]+$' }), value);
const Text = Type.String({ minLength: 1 });
const Reference = strict({ $ref: Type.String({ pattern: '^#/' }) });

/** AsyncAPI 3.0, as far as the document uses it: the fields that it has to have, and no others than these. */
const AsyncApi = strict({
  asyncapi: Type.Literal('3.0.0'),
  info: strict({ title: Text, version: Text, description: Text }),
  defaultContentType: Type.Literal('application/json'),
  servers: named(strict({ host: Text, protocol: Type.Enum(['ws', 'wss']), description: Text })),
  channels: named(
    strict({
      address: Type.Literal('/ws'),
      description: Text,
      messages: named(Reference),
      bindings: strict({ ws: strict({ method: Type.Literal('GET') }) }),
    }),
  ),
  operations: named(
    strict({
      action: Type.Enum(['send', 'receive']),
      channel: Reference,
      messages: Type.Array(Reference, { minItems: 1 }),
    }),
  ),
  components: strict({
    schemas: named(Type.Unsafe<object>({ type: 'object' })),
    messages: named(
      strict({
        name: Text,
        description: Type.Optional(Text),
        payload: Type.Unsafe<object>({ type: 'object', required: ['type'] }),
        examples: Type.Optional(Type.Array(strict({ payload: Type.Unsafe<object>({}) }), { minItems: 1 })),
      }),
    ),
  }),
});

/** What JSON Schema draft 7 has, whose words AsyncAPI's schemas are, and what may be beside them. */
const KEYWORDS = new Set(
  [
    '$ref type const enum anyOf title description examples default deprecated',
    'properties required additionalProperties patternProperties minProperties maxProperties',
    'items minItems maxItems uniqueItems pattern format minLength maxLength',
    'minimum maximum exclusiveMinimum exclusiveMaximum',
  ].flatMap((line) => line.split(' ')),
);

let server: StreamServer;
let document: Static<typeof AsyncApi>;

beforeAll(async () => {
  server = await openStreamServer();
  document = (await server.app.inject({ url: '/api/asyncapi.json' })).json();
});
afterAll(() => server.close());

const lastOf = (reference: string) => reference.split('/').at(-1) ?? '';

/** Returns the check of each message's payload. */
function payloadChecks() {
  const { messages } = withoutReferences(document.components);
  return new Map(Object.entries(messages).map(([name, { payload }]) => [name, Compile(payload)]));
}

function keywordsOf(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (['enum', 'const', 'examples', 'required', 'default'].includes(keyword)) return [keyword];
    const isByName = keyword === 'properties' || keyword === 'patternProperties';
    return [keyword, ...keywordsOf(isByName ? Object.values(value as object) : value)];
  });
}

describe('the AsyncAPI document', () => {
  it('has the shape of AsyncAPI 3.0, with schemas of JSON Schema', () => {
    expect(Compile(AsyncApi).Errors(document)).toEqual([]);
    const { schemas, messages } = document.components;
    const used = [...Object.values(schemas), ...Object.values(messages).map(({ payload }) => payload)];
    const unknown = used.flatMap(keywordsOf).filter((word) => !KEYWORDS.has(word) && !word.startsWith('x-'));
    expect(new Set(unknown)).toEqual(new Set());
  });

  it('has the channels of the server, with each message once in a channel and once in what is done there', () => {
    const { channels, operations, components } = document;
    const names = Object.keys(components.messages).toSorted();

    expect(Object.keys(channels)).toEqual(['connection', ...CHANNEL_FRAMES.map(({ name }) => name)]);
    for (const [name, message] of Object.entries(components.messages)) expect(message.name).toBe(name);
    const listed = Object.values(channels).flatMap(({ messages }) => Object.entries(messages));
    expect(listed.map(([name]) => name).toSorted()).toEqual(names);
    for (const [name, { $ref }] of listed) expect($ref).toBe(`#/components/messages/${name}`);
    const done = Object.values(operations).flatMap(({ channel, messages }) =>
      messages.map(({ $ref }) => ({ channel: channel.$ref, $ref })),
    );
    expect(done.map(({ $ref }) => lastOf($ref)).toSorted()).toEqual(names);
    for (const { channel, $ref } of done) {
      expect($ref).toMatch(`${channel}/messages/`);
      expect(channels[lastOf(channel)]?.messages).toHaveProperty(lastOf($ref));
    }
  });

  it('has an example of each frame that a client sends, which the server takes', async () => {
    const { user, accountId } = await addTrader(server);
    const checks = payloadChecks();
    const sent = Object.values(document.operations)
      .filter(({ action }) => action === 'receive')
      .flatMap(({ messages }) => messages.map(({ $ref }) => lastOf($ref)));

    for (const name of sent) {
      const [example] = document.components.messages[name]?.examples ?? [];
      expect(checks.get(name)?.Errors(example?.payload), name).toEqual([]);
      if (name === 'authenticate') continue;
      // What the example ends must have begun.
      const client = await TestClient.signedIn(server, user);
      if (name === 'unsubscribe') await client.subscribe('account', { accountId });
      client.send({ ...example?.payload, ...('accountId' in (example?.payload ?? {}) && { accountId }) });
      // A frame that is answered comes after it: what was refused would have come first.
      await client.subscribe('events');
      expect(client.frames.filter(({ type }) => type === 'error')).toEqual([]);
      client.socket.close();
    }
  });

  it('describes every frame that the server sends', async () => {
    const { user, ask, accountId, order } = await addTrader(server);
    await server.notifier.catchUp();
    const client = await TestClient.signedIn(server, user);
    const ofAccount = { accountId, instruments: ['EUR_USD'] };
    for (const { name } of CHANNEL_FRAMES) {
      const parameters = { quotes: ofAccount, account: { accountId } }[name as string];
      expect(await client.subscribe(name, parameters)).toMatchObject({ type: 'subscribed', channel: name });
    }

    await order();
    const strategy = { accountId, name: 'Mine', strategyType: 'ema_cross', instrument: 'EUR_USD' };
    const { id } = (await ask('POST', '/strategies', strategy)).json();
    await ask('POST', `/strategies/${id}/start`);
    server.showProgress({ backtestId: id, userId: user.id, status: 'running', progress: 0.5 });
    for (const { name } of CHANNEL_FRAMES) {
      await expect
        .poll(async () => {
          await server.notifier.catchUp();
          return client.dataOf(name).length;
        })
        .toBeGreaterThan(0);
    }
    client.send({ type: 'subscribe', channel: 'account', accountId: id });
    client.send({ type: 'unsubscribe', channel: 'strategies' });
    await client.next(({ type }) => type === 'unsubscribed');

    const checks = payloadChecks();
    const seen = new Set<string>();
    for (const frame of client.frames) {
      const name = frame['type'] === 'data' ? `${frame['channel']}Data` : String(frame['type']);
      expect(checks.get(name)?.Errors(frame), JSON.stringify(frame)).toEqual([]);
      seen.add(name);
    }
    const described = Object.values(document.operations)
      .filter(({ action }) => action === 'send')
      .flatMap(({ messages }) => messages.map(({ $ref }) => lastOf($ref)));
    expect([...seen].toSorted()).toEqual(described.toSorted());
    client.socket.close();
  });
});
