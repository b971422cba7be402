/** Secrets that come in by every way, and where they must not come out: logs, the journal, answers, frames, the description, the database. */

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { tokenNumber } from '../support/scripted-brokers.ts';
import { openTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';

const PLANTED = {
  password: 'planted Password 7c1f-one',
  newPassword: 'planted Password 7c1f-two',
  wrongPassword: 'planted Password 7c1f-bad',
  brokerToken: tokenNumber(0x7c1f),
  wrongBrokerToken: tokenNumber(0x7c2f),
  webhook: 'planted-webhook-7c1f',
  channel: 'planted-channel-7c1f',
  botToken: 'planted-bot-token-7c1f',
  inventedToken: 'planted-token-7c1f-0123456789abcdefghijklmnopq',
  nonsense: 'planted-nonsense-7c1f',
};

const { routes, register } = listRoutes();
let server: TestServer;
/** What came out, by where. */
const out: { readonly where: string; readonly text: string }[] = [];
/** Secrets that the server itself made; each may be in the answer that makes it. */
const made: string[] = [];

beforeAll(async () => {
  server = await openTestServer({ routes: [register], logsEverything: true });
});

afterAll(() => server.close());

interface Sent {
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  /** The answer may hold secrets that it makes, or a setting that is the person's own. */
  readonly showsSecret?: boolean;
}

async function send(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  payload?: object | string,
  sent: Sent = {},
) {
  const { token, headers = {}, showsSecret = false } = sent;
  const answer = await server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(typeof payload === 'string' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  });
  if (!showsSecret)
    out.push({ where: `the answer to ${method} ${path} (${answer.statusCode})`, text: answer.body });
  return answer;
}

/** Signs up and in, and changes what proves who a person is; returns the session's token. */
async function plantPerson(): Promise<string> {
  const person = { email: 'planted@example.org', username: 'planted', password: PLANTED.password };
  await send('POST', '/auth/register', person);
  await send('POST', '/auth/register', person);
  await send('POST', '/auth/login', { email: person.email, password: PLANTED.wrongPassword });
  const login = { email: person.email, password: PLANTED.password };
  const token: string = (await send('POST', '/auth/login', login, { showsSecret: true })).json().token;
  made.push(token);
  const change = { currentPassword: PLANTED.wrongPassword, newPassword: PLANTED.newPassword };
  await send('POST', '/me/password', change, { token });
  await send('POST', '/me/password', { ...change, currentPassword: PLANTED.password }, { token });
  const factor = { password: PLANTED.newPassword };
  const secret = await send('POST', '/me/second-factor', factor, { token, showsSecret: true });
  made.push(secret.json().secret);
  const key = await send(
    'POST',
    '/api-keys',
    { name: 'bot', scope: 'trade', password: PLANTED.newPassword },
    { token, showsSecret: true },
  );
  made.push(key.json().token);
  await send('GET', '/accounts', undefined, { token: key.json().token });
  const settings = { notifyWebhookUrl: `https://hooks.example.org/${PLANTED.webhook}` };
  expect((await send('PATCH', '/settings', settings, { token, showsSecret: true })).statusCode).toBe(200);
  const channel = { name: 'Mine', kind: 'webhook', url: `https://hooks.invalid/${PLANTED.channel}` };
  const added = await send('POST', '/notification-channels', channel, { token, showsSecret: true });
  made.push(added.json().signingSecret);
  const bot = { name: 'Bot', kind: 'telegram', botToken: `123456:${PLANTED.botToken}`, chatId: '1' };
  expect((await send('POST', '/notification-channels', bot, { token })).statusCode).toBe(201);
  await send('GET', '/notification-channels', undefined, { token });
  await send('POST', '/notifications/test', { channelId: added.json().id }, { token });
  return token;
}

/** Connects an account with a wrong token and a right one, whose broker then refuses it. */
async function plantBroker(token: string): Promise<void> {
  const account = server.brokerage.add('001-001-7654321-001', [PLANTED.brokerToken]);
  account.quote(110_000);
  const wish = { name: 'Practice', environment: 'practice', brokerAccountId: account.id };
  await send('POST', '/accounts', { ...wish, token: PLANTED.wrongBrokerToken }, { token });
  const connected = await send('POST', '/accounts', { ...wish, token: PLANTED.brokerToken }, { token });
  expect(connected.statusCode).toBe(201);
  const { id } = connected.json();
  const replaced = { token: PLANTED.wrongBrokerToken, password: PLANTED.newPassword };
  await send('PATCH', `/accounts/${id}`, replaced, { token });
  account.revoke(PLANTED.brokerToken);
  const order = { accountId: id, instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1 };
  await send('POST', '/orders', order, { token });
  await send('GET', `/accounts/${id}`, undefined, { token });
}

/** Puts secrets where they do not belong, on every route. */
async function plantEverywhere(token: string): Promise<void> {
  for (const { method, path } of routes) {
    const filled = path.replaceAll(/:\w+/g, '00000000-0000-7000-8000-000000000000');
    if (path === '/auth/logout') continue;
    // A person is shown their own webhook.
    const showsSecret = path === '/settings';
    await send(method, `${filled}?token=${PLANTED.nonsense}`, undefined, { token, showsSecret });
    await send(method, filled, undefined, { token: PLANTED.inventedToken });
    await send(method, filled, undefined, { headers: { cookie: `session=${PLANTED.inventedToken}` } });
    if (method === 'GET' || method === 'DELETE') continue;
    await send(method, filled, { password: { of: PLANTED.nonsense }, token: [PLANTED.nonsense] }, { token });
    await send(method, filled, `{"password":"${PLANTED.nonsense}" "token"}`, { token });
  }
}

async function plantOnSocket(token: string): Promise<void> {
  const url = `ws://${await server.listen()}/ws`;
  for (const frames of [
    [{ type: 'authenticate', token: PLANTED.inventedToken }],
    [{ type: 'authenticate', token, password: PLANTED.nonsense }],
    [
      { type: 'authenticate', token },
      { type: 'authenticate', token },
      { type: 'subscribe', channel: PLANTED.nonsense },
    ],
  ]) {
    const socket = new WebSocket(`${url}?token=${PLANTED.inventedToken}`);
    socket.on('message', (data: Buffer) => out.push({ where: 'a frame', text: data.toString() }));
    await once(socket, 'open');
    for (const frame of frames) socket.send(JSON.stringify(frame));
    const [, reason] = await once(socket, 'close');
    out.push({ where: 'the reason of a close', text: String(reason) });
  }
}

/** What the tables hold as text, without the webhook, which is stored as it is. */
async function tablesAsText(): Promise<void> {
  const em = server.orm.em.fork();
  const tables = await em.execute<{ name: string }[]>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const [row] = await em.execute<{ text: string | null }[]>(
      `select string_agg((to_jsonb(t) - 'notify_webhook_url')::text, ' ') as text from "${name}" t`,
    );
    out.push({ where: `the table ${name}`, text: row?.text ?? '' });
  }
}

it('come out nowhere', async () => {
  const token = await plantPerson();
  await plantBroker(token);
  await plantEverywhere(token);
  await plantOnSocket(token);
  for (const path of ['/events?limit=500', '/me', '/api-keys', '/sessions', '/accounts', '/me/second-factor'])
    expect((await send('GET', path, undefined, { token })).statusCode).toBe(200);
  out.push({ where: 'the description', text: (await server.app.inject({ url: '/api/openapi.json' })).body });
  await tablesAsText();
  out.push(...server.log.map((text) => ({ where: 'the log', text })));

  const secrets = [
    ...Object.entries(PLANTED),
    ...made.map((secret, index) => [`made ${index}`, secret] as const),
  ];
  const found = out.flatMap(({ where, text }) =>
    secrets
      .flatMap(([name, secret]) => [
        [name, secret] as const,
        [`${name} in base64`, Buffer.from(secret).toString('base64').slice(0, -4)] as const,
      ])
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => `${name} in ${where}: ${text.slice(0, 300)}`),
  );
  expect(found).toEqual([]);
  expect(made).toHaveLength(4);
  expect(server.log.length).toBeGreaterThan(200);
  expect(out.length).toBeGreaterThan(600);
});
