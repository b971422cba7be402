/** People of a benchmark, with paper accounts and orders. */

import { join } from 'node:path';
import { Answerer } from './answerer.ts';
import type { Asked } from './answerer.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const PASSWORD = 'a long enough secret';

export interface Person {
  readonly token: string;
  readonly accountId: string;
  readonly orderId: string;
}

/** Starts the server on a market of its own, which is open whatever the clock says. */
export function startServer(
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Answerer> {
  const market = 'synthetic?start=2026-01-06T12:00:00Z';
  return Answerer.start([MAIN], {
    DATABASE_URL: databaseUrl,
    PAPER_FEED: market,
    ready: '/readyz',
    ...settings,
  });
}

/** Signs people up, with so many orders each. These are cancelled at once: an account that holds nothing makes no work of its own. */
export async function arrive(
  server: Answerer,
  { people: count, orders }: { readonly people: number; readonly orders: number },
): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) people.push(await arriveOne(server, index, orders));
  return people;
}

async function arriveOne(server: Answerer, index: number, orders: number): Promise<Person> {
  const token = await signUp(server, index);
  const accountId = await openAccount(server, token);
  const order = restingOrder(accountId);
  let orderId = '';
  for (let made = 0; made < orders; made += 1) {
    ({ id: orderId = '' } = await change(server, 'POST', '/orders', { body: order, token }));
    await change(server, 'DELETE', `/orders/${orderId}`, { token });
  }
  return { token, accountId, orderId };
}

/** Signs a person up and in, and returns the token. */
export async function signUp(server: Answerer, index: number): Promise<string> {
  const login = { email: `bench${index}@example.org`, password: PASSWORD };
  await change(server, 'POST', '/auth/register', { body: { ...login, username: `bench${index}` } });
  const { token = '' } = await change(server, 'POST', '/auth/login', { body: login });
  return token;
}

/** Opens a paper account and returns its id. */
export async function openAccount(server: Answerer, token: string, name = 'Bench'): Promise<string> {
  const terms = { name, environment: 'paper', currency: 'USD', initialBalance: '1000000' };
  const { id = '' } = await change(server, 'POST', '/accounts', { body: terms, token });
  return id;
}

/** An order that rests: far from every price. */
export function restingOrder(accountId: string): object {
  return { accountId, instrument: 'EUR_USD', type: 'limit', side: 'buy', units: 1, price: '0.50000' };
}

async function change(
  server: Answerer,
  method: Asked['method'],
  path: string,
  { body, token }: { readonly body?: object; readonly token?: string },
): Promise<Record<string, string>> {
  const { status, text } = await server.ask({
    method,
    path: `/api/v1${path}`,
    ...(body && { body: JSON.stringify(body) }),
    ...(token !== undefined && { token }),
  });
  if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}
