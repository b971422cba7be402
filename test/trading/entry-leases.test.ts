/** Entries that rest at OANDA for a short time only, and are renewed: the whole server in front of the simulator. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { useOandaServer } from '../support/oanda-server.ts';
import { until } from '../support/until.ts';
import { NOON } from '../support/v20-simulator.ts';
import type { OandaServer } from '../support/oanda-server.ts';
import type { V20Json } from '../support/v20-simulator.ts';

const MINUTE_MS = 60_000;
const RENEWAL = { method: 'PUT', path: '/orders/*' } as const;

const openOanda = useOandaServer();
let whole: OandaServer;
let accountId: string;

beforeEach(async () => {
  whole = await openOanda();
  accountId = await whole.connect();
  await setLease(60);
});
afterEach(() => whole[Symbol.asyncDispose]());

async function setLease(entryLeaseMinutes: number | null): Promise<void> {
  const answer = await whole.ask('PATCH', `/accounts/${accountId}`, { limits: { entryLeaseMinutes } });
  expect(answer.json()).toMatchObject({ limits: { entryLeaseMinutes } });
}

/** Places a limit order below the market and returns its id. */
async function place(body: object = {}): Promise<string> {
  const order = {
    accountId,
    instrument: 'EUR_USD',
    type: 'limit',
    side: 'buy',
    units: 1_000,
    price: '1.09000',
  };
  const placed = await whole.ask('POST', '/orders', { ...order, ...body });
  expect(placed.json()).toMatchObject({ status: 'accepted' });
  return placed.json().id as string;
}

const order = async (id: string) => (await whole.ask('GET', `/orders/${id}`)).json();
const resting = async (): Promise<readonly V20Json[]> =>
  (await whole.simulator.send('GET', '/{A}/pendingOrders')).body['orders'] ?? [];
const ends = async () =>
  (await resting()).map(({ gtdTime }) => Date.parse(gtdTime ?? '')).toSorted((a, b) => a - b);
const numbers = async () => (await resting()).map(({ id }) => id);

/** It is so many minutes past noon at the broker, with a price. */
async function moveTo(minutes: number, bid = 110_000 + minutes): Promise<void> {
  whole.simulator.market.clock(NOON + minutes * MINUTE_MS);
  await whole.quote(bid);
}

async function arm(fault: object): Promise<number> {
  const answer = await fetch(`${whole.simulator.url}/simulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { id: number }).id;
}

/** Whether the newest fault that was armed has happened. */
async function hasHappened(): Promise<boolean> {
  const answer = await fetch(`${whole.simulator.url}/simulator/faults`);
  const { faults } = (await answer.json()) as { faults: { happened: number }[] };
  return (faults.at(-1)?.happened ?? 0) > 0;
}

const release = (id: number) => fetch(`${whole.simulator.url}/simulator/faults/${id}`, { method: 'DELETE' });

async function expectAgreement(): Promise<void> {
  await untilTablesFollowLog(whole.server.stores, accountId);
}

describe('an entry with a lease', () => {
  it('rests as GTD at the broker, and is renewed as the same order, without a word in the journal', async () => {
    const id = await place();
    const [first] = await resting();
    expect(first).toMatchObject({ timeInForce: 'GTD', clientExtensions: { id } });
    const { leaseUntil } = await order(id);
    expect(Date.parse(leaseUntil)).toBe(Date.parse(first?.['gtdTime'] ?? ''));

    await moveTo(30);
    const renewed = await until('it is renewed', async () => {
      const shown = await order(id);
      return shown.leaseUntil !== leaseUntil && shown;
    });

    expect(renewed).toMatchObject({
      status: 'accepted',
      timeInForce: 'GTC',
      expiresAt: null,
      brokerOrderId: first?.['id'],
      replacedByOrderId: null,
    });
    const [second, ...others] = await resting();
    expect(others).toEqual([]);
    expect(second).toMatchObject({
      timeInForce: 'GTD',
      replacesOrderID: first?.['id'],
      clientExtensions: { id },
    });
    expect(await whole.entries(accountId, 'order-accepted')).toHaveLength(1);
    expect(await whole.entries(accountId, 'order-cancelled')).toEqual([]);
    expect(await whole.entries(accountId, 'other-transaction')).toEqual([]);
    await expectAgreement();

    await whole.ask('DELETE', `/orders/${id}`);
    await until('it is cancelled', async () => (await order(id)).status === 'cancelled');
    expect(await resting()).toEqual([]);
    await expectAgreement();
  });

  it('is renewed once when the answer is lost', async () => {
    const id = await place();
    const [number] = await numbers();
    await arm({ fault: 'answer-lost', ...RENEWAL, count: 1 });

    await moveTo(30);
    await until(
      'the renewal is known',
      async () => Date.parse((await order(id)).leaseUntil) > NOON + 80 * MINUTE_MS,
    );

    expect(await resting()).toMatchObject([{ replacesOrderID: number, clientExtensions: { id } }]);
    expect(await order(id)).toMatchObject({ status: 'accepted' });
    await expectAgreement();
  });

  it('stays the same order when the log that shows its renewal comes in parts', async () => {
    const id = await place();
    const [number] = await numbers();
    await arm({ fault: 'sinceid-truncated', transactions: 1 });
    await arm({ fault: 'answer-lost', ...RENEWAL, count: 1 });

    await moveTo(30);
    await until(
      'the renewal is known',
      async () => Date.parse((await order(id)).leaseUntil) > NOON + 80 * MINUTE_MS,
    );

    expect(await order(id)).toMatchObject({ status: 'accepted', brokerOrderId: number });
    await expectAgreement();
  });

  it('is asked for again when the request never arrived', async () => {
    const id = await place();
    await arm({ fault: 'request-lost', ...RENEWAL, count: 1 });
    await moveTo(30);
    await until('the request is lost', hasHappened);

    await moveTo(31);
    await until(
      'it is renewed',
      async () => Date.parse((await order(id)).leaseUntil) > NOON + 80 * MINUTE_MS,
    );

    expect(await resting()).toHaveLength(1);
    await expectAgreement();
  });

  it('fills once when a renewal is on its way', async () => {
    const id = await place();
    const delayed = await arm({ fault: 'request-delayed', ...RENEWAL, count: 1 });
    await moveTo(30);
    await until('the renewal is on its way', hasHappened);
    await moveTo(31, 108_900);
    await until('it is filled', async () => (await order(id)).status === 'filled');
    await release(delayed);

    await moveTo(32, 108_910);
    const open = (await whole.ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;
    expect(open).toMatchObject([{ openUnits: 1_000, openingOrderId: id }]);
    expect(await resting()).toEqual([]);
    await expectAgreement();
  });

  it.each([
    ['a renewal is on its way', 'request-delayed'],
    ['the answer to a renewal is', 'answer-delayed'],
  ])('is gone when it is cancelled while %s', async (_what, fault) => {
    const id = await place();
    const delayed = await arm({ fault, ...RENEWAL, count: 1 });
    await moveTo(30);
    await until('the renewal is held up', hasHappened);
    const cancelled = whole.ask('DELETE', `/orders/${id}`);
    await release(delayed);
    await cancelled;

    await until('it is cancelled', async () => (await order(id)).status === 'cancelled');
    await moveTo(32);
    expect(await resting()).toEqual([]);
    await expectAgreement();
  });

  it('keeps an earlier end of its own, and gets it back when the limit is removed', async () => {
    const early = new Date(NOON + 50 * MINUTE_MS).toISOString();
    const late = new Date(NOON + 600 * MINUTE_MS).toISOString();
    await place({ timeInForce: 'GTD', expiresAt: early });
    const id = await place({ timeInForce: 'GTD', expiresAt: late });
    expect(await ends()).toEqual([Date.parse(early), Date.parse((await order(id)).leaseUntil)]);

    await setLease(null);
    await until('the lease is gone', async () => (await order(id)).leaseUntil === null);
    expect(await ends()).toEqual([Date.parse(early), Date.parse(late)]);
    await expectAgreement();
  });

  it.each([4, 1_441, 7.5])('cannot be had for %s minutes', async (entryLeaseMinutes) => {
    const answer = await whole.ask('PATCH', `/accounts/${accountId}`, { limits: { entryLeaseMinutes } });

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/limits/entryLeaseMinutes' }] });
  });

  it('cannot be had on a paper account', async () => {
    const paper = { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '10000' };
    const limits = { entryLeaseMinutes: 60 };
    const refused = await whole.ask('POST', '/accounts', { ...paper, limits });
    expect(refused.json()).toMatchObject({ errors: [{ pointer: '/limits/entryLeaseMinutes' }] });

    const { id } = (await whole.ask('POST', '/accounts', paper)).json();
    const answer = await whole.ask('PATCH', `/accounts/${id}`, { limits });
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/limits/entryLeaseMinutes' }] });
  });
});
