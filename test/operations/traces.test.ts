/** Traces as a collector is sent them, from a server that is composed as in production and trades. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { openReceiver } from '../support/receiver.ts';
import { ServerHere } from '../support/server-here.ts';
import { TestClient } from '../support/stream-server.ts';
import { createAccount, FAST_MARKET, QUICK_CROSS, startStrategy } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { ApiClient } from '../support/api-client.ts';
import type { TestDatabase } from '../support/database.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

let database: TestDatabase;
let collector: Awaited<ReturnType<typeof openReceiver>>;
let server: ServerHere;
let address: string;
let person: ApiClient;

beforeAll(async () => {
  database = await createTestDatabase();
  collector = await openReceiver();
  server = new ServerHere({
    DATABASE_URL: database.url,
    PAPER_FEED: FAST_MARKET,
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  address = await server.ready;
  person = await ApiClient.signUp(address);
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

function allSpans(): Span[] {
  return collector
    .at('/v1/traces')
    .flatMap(({ body }) => (JSON.parse(body) as Sent).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

const spansOf = (traceId: string): Span[] => allSpans().filter((span) => span.traceId === traceId);

/** Each span as the names from the request down to it. */
function pathsOf(spans: readonly Span[]): string[] {
  const pathOf = ({ name, parentSpanId }: Span): string => {
    const parent = spans.find(({ spanId }) => spanId === parentSpanId);
    return parent ? `${pathOf(parent)} > ${name}` : name;
  };
  return spans.map(pathOf).sort();
}

async function send(
  { token = '' }: ApiClient,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${address}/api/v1/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('traces', () => {
  it('follow one order from its request to its frame', async () => {
    const accountId = await createAccount(person);
    const client = await TestClient.signedIn(
      { url: `${address.replace('http', 'ws')}/ws` },
      { token: person.token ?? '' },
    );
    await client.subscribe('account', { accountId });
    await until('there is a price', async () => {
      const { items } = await person.get<{ items: unknown[] }>(
        `/quotes?accountId=${accountId}&instrument=EUR_USD`,
      );
      return items.length > 0;
    });
    const order = { accountId, instrument: 'EUR_USD', type: 'market', side: 'buy', units: 1_000 };

    const answer = await send(person, order, { 'idempotency-key': 'traced' });

    expect(answer.status).toBe(201);
    const [, traceId = ''] =
      /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/.exec(answer.headers.get('traceparent') ?? '') ?? [];
    const names = () => new Set(pathsOf(spansOf(traceId)));
    const request = 'POST /api/v1/orders';
    await expect
      .poll(names)
      .toEqual(
        new Set([
          request,
          `${request} > claim key`,
          `${request} > keep answer`,
          `${request} > place order`,
          `${request} > place order > record order`,
          `${request} > place order > call broker`,
          `${request} > place order > absorb`,
          `${request} > place order > send frame`,
        ]),
      );
    const { id } = (await answer.json()) as { id: string };
    const placed = spansOf(traceId).find(({ name }) => name === 'place order');
    expect(placed?.attributes).toEqual([{ key: 'order.id', value: { stringValue: id } }]);
    client.socket.close();
  });

  it('are of each order that a strategy sends', async () => {
    const accountId = await createAccount(person);
    await startStrategy(person, accountId, QUICK_CROSS);

    const isOfStrategy = ({ name, parentSpanId }: Span) =>
      name === 'record order' && parentSpanId === undefined;
    const traced = () => pathsOf(spansOf(allSpans().find(isOfStrategy)?.traceId ?? ''));
    await expect
      .poll(traced)
      .toEqual(expect.arrayContaining(['record order > absorb', 'record order > call broker']));
  });

  it('continue that of the sender, and are named in the lines of the log', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

    const answer = await send(person, {}, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });

    expect(answer.status).toBe(400);
    expect(answer.headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    await expect
      .poll(() => spansOf(traceId))
      .toMatchObject([{ name: 'POST /api/v1/orders', parentSpanId: '00f067aa0ba902b7' }]);
    expect(server.lines).toContainEqual(
      expect.objectContaining({ traceId, msg: 'request refused', problem: 'invalid-request' }),
    );
  });

  it.each(['nonsense', '00-00000000000000000000000000000000-00f067aa0ba902b7-01'])(
    'begin here when the sender says %s',
    async (traceparent) => {
      const answer = await send(person, {}, { traceparent });

      expect(answer.headers.get('traceparent')).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    },
  );

  it('end when the sender has gone before the answer', async () => {
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    const lines = [
      'POST /api/v1/orders HTTP/1.1',
      `host: ${hostname}`,
      `traceparent: 00-${traceId}-00f067aa0ba902b7-01`,
      `authorization: Bearer ${person.token}`,
      'content-type: application/json',
      'content-length: 100',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n{`);
    setTimeout(() => socket.destroy(), 200);

    await expect.poll(() => spansOf(traceId)).toMatchObject([{ name: 'POST /api/v1/orders' }]);
  });

  it('do not exist beside the API', async () => {
    expect((await fetch(`${address}/livez`)).headers.get('traceparent')).toBeNull();
  });
});
