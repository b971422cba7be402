/** What people do through the API, once: every request must succeed, and what an earlier walk made must still be there. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, signUp } from './http-client.ts';
import type { Call } from './http-client.ts';

const TRADED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** What one walk made, for the next one to find. */
export interface Trail {
  readonly token: string;
  readonly accountId: string;
  readonly strategyId: string;
  readonly orderId: string;
}

interface Named {
  readonly id: string;
}

/** Signs a user up and uses the server as them; returns what they created. */
export async function walk(address: string): Promise<Trail> {
  const { http, token } = await signUp(address, `walker_${randomUUID().slice(0, 8)}`, '127.0.0.1');
  const account = await http.demand<Named>({
    method: 'POST',
    path: '/accounts',
    body: { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '100000' },
  });
  const trail = { token, accountId: account.id, ...(await trade(http, account.id)) };
  http.close();
  return trail;
}

/** The same person continues, at another server: finds everything, and trades. */
export async function walkOn(
  address: string,
  { token, accountId, strategyId, orderId }: Trail,
): Promise<void> {
  const http = new HttpClient(address, '127.0.0.1', token);
  await untilTraded(http, accountId);
  for (const path of [`/accounts/${accountId}`, `/strategies/${strategyId}`, `/orders/${orderId}`])
    await http.demand({ method: 'GET', path });
  await trade(http, accountId);
  await readEverything(http, address);
  http.close();
}

async function trade(http: HttpClient, accountId: string): Promise<{ strategyId: string; orderId: string }> {
  const strategy = await http.demand<Named>({
    method: 'POST',
    path: '/strategies',
    body: { accountId, name: 'Walked', strategyType: 'ema_cross', instrument: 'GBP_USD', parameters: {} },
  });
  const order = { accountId, instrument: 'EUR_USD', side: 'buy', units: 100, type: 'market' };
  const filled = await placed(http, order);
  const resting = await placed(http, { ...order, type: 'limit', price: '0.50000' });
  const calls: readonly Call[] = [
    { method: 'PATCH', path: `/strategies/${strategy.id}`, body: { name: 'Walked on' } },
    { method: 'POST', path: `/strategies/${strategy.id}/start` },
    { method: 'POST', path: `/strategies/${strategy.id}/stop`, body: { mode: 'keep' } },
    { method: 'DELETE', path: `/orders/${resting.id}` },
    { method: 'PATCH', path: '/settings', body: { defaultUnits: 2_000 } },
    { method: 'PATCH', path: `/accounts/${accountId}`, body: { name: 'Walked' } },
    { method: 'GET', path: `/accounts/${accountId}/summary` },
    { method: 'GET', path: `/strategies/${strategy.id}/state` },
  ];
  for (const call of calls) await http.demand(call);
  return { strategyId: strategy.id, orderId: filled.id };
}

function placed(http: HttpClient, body: object): Promise<Named> {
  return http.demand<Named>({ method: 'POST', path: '/orders', body, idempotencyKey: randomUUID() });
}

/** A server that starts takes an account as soon as the one before has let it go. */
async function untilTraded(http: HttpClient, accountId: string): Promise<void> {
  const giveUpAt = performance.now() + TRADED_WITHIN_MS;
  for (;;) {
    const { status, text } = await http.send({ method: 'POST', path: `/accounts/${accountId}/resume` });
    if (status === 200) return;
    if (performance.now() > giveUpAt)
      throw new Error(`Account ${accountId} is not traded: ${status} ${text}`);
    await sleep(LOOK_EVERY_MS);
  }
}

interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly parameters?: readonly { readonly required?: boolean }[] }>>
    >
  >;
}

/** Every list that the server describes: what asks for nothing in particular must answer, and what is for administrators must be refused to a trader. */
async function readEverything(http: HttpClient, address: string): Promise<void> {
  const described = (await (await fetch(`${address}/api/openapi.json`)).json()) as OpenApi;
  for (const [path, { get }] of Object.entries(described.paths)) {
    const needs = get?.parameters?.some(({ required }) => required === true) ?? false;
    if (get === undefined || needs || path.includes('{') || !path.startsWith('/api/v1/')) continue;
    const request = { method: 'GET', path: path.replace('/api/v1', '') } as const;
    if (!request.path.startsWith('/admin/')) await http.demand(request);
    else if ((await http.send(request)).status !== 403)
      throw new Error(`GET ${path} is for administrators, and was not refused to a trader`);
  }
}
