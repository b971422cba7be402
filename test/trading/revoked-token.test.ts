/** A token is revoked while an account at OANDA trades: the whole server in front of the simulator, which then answers 401 to everything. */
import { PASSWORD } from '../support/test-server.ts';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { useOandaServer } from '../support/oanda-server.ts';
import { until } from '../support/until.ts';
import { arm, control, happened } from '../support/v20-faults.ts';
import type { OandaServer } from '../support/oanda-server.ts';

const NEW_TOKEN = '11111111111111111111111111111111-22222222222222222222222222222222';
const REFUSED = { fault: 'status', status: 401 } as const;
const REMEDY = /PATCH \/accounts\/\{id\}/;

/** An account that cannot be run is not tried again while a test looks, or at once. */
const patient = useOandaServer({ retryPace: { firstMs: 3_600_000, longestMs: 3_600_000 } });
const hasty = useOandaServer({ retryPace: { firstMs: 1, longestMs: 1 } });
let running: OandaServer;
let accountId: string;

async function start(open: () => Promise<OandaServer>): Promise<void> {
  running = await open();
  accountId = await running.connect();
}
afterEach(() => running[Symbol.asyncDispose]());

const account = async () => (await running.ask('GET', `/accounts/${accountId}`)).json();
const summary = async () => (await running.ask('GET', `/accounts/${accountId}/summary`)).json();
const buy = (order: object = {}) =>
  running.ask('POST', '/orders', {
    accountId,
    instrument: 'EUR_USD',
    type: 'market',
    side: 'buy',
    units: 1_000,
    ...order,
  });

/** From now on every request is refused, and streams that are open stay so. Returns the faults that count what was sent. */
async function revoke(): Promise<readonly number[]> {
  const sent = [];
  for (const method of ['POST', 'PUT', 'PATCH'] as const)
    sent.push(await arm(running.simulator, { ...REFUSED, method }));
  await arm(running.simulator, REFUSED);
  return sent;
}

const sentSince = async (faults: readonly number[]) => {
  const counts = await Promise.all(faults.map((id) => happened(running.simulator, id)));
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
};

const accept = () => control(running.simulator, 'DELETE', '/faults');

const failed = () =>
  until('the account is in error', async () => {
    const shown = await account();
    return shown.status === 'error' && shown;
  });

async function expectToTradeWithItsStop(positionId: string): Promise<void> {
  expect((await account()).status).toBe('trading');
  const [position] = (await running.ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;
  expect(position).toMatchObject({ id: positionId, openUnits: 1_000, stopLoss: '1.09000' });
  const { body } = await running.simulator.send('GET', '/{A}/openTrades');
  expect(body['trades']).toMatchObject([{ currentUnits: '1000', stopLossOrder: { price: '1.09000' } }]);
  expect(await running.entries(accountId, 'account-recovered')).toHaveLength(1);
  expect(await running.entries(accountId, 'account-error')).toHaveLength(1);
  await running.quote(110_020);
  expect((await buy()).json()).toMatchObject({ status: 'filled' });
  await untilTablesFollowLog(running.server.stores, accountId);
}

/** Opens a position with a stop; returns its id. */
async function openPosition(): Promise<string> {
  expect((await buy({ stopLoss: '1.09000' })).json()).toMatchObject({ status: 'filled' });
  const { items } = (await running.ask('GET', `/positions?accountId=${accountId}&open=true`)).json();
  return items[0].id;
}

describe('a token that is revoked while an account at OANDA trades', () => {
  beforeEach(() => start(patient));

  it('is found out by the first order that is refused, is reported with the remedy, and nothing is sent after that', async () => {
    await openPosition();
    const sent = await revoke();

    const refused = await buy();
    expect(refused.json()).toMatchObject({ status: 'rejected', reasonCode: 'access-refused' });
    const shown = await failed();

    expect(shown).toMatchObject({
      statusCode: 'broker-token-refused',
      statusReason: expect.stringMatching(REMEDY),
    });
    expect(await summary()).toMatchObject({
      status: 'error',
      statusCode: 'broker-token-refused',
      statusReason: shown.statusReason,
      openPositions: 1,
    });
    expect(await running.entries(accountId, 'account-error')).toMatchObject([
      { severity: 'critical', description: expect.stringMatching(REMEDY) },
    ]);
    const [position] = (await running.ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items;
    const asked = [
      await buy(),
      await running.ask('POST', `/positions/${position.id}/close`),
      await running.ask('POST', `/accounts/${accountId}/kill`),
    ];
    for (const answer of asked) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'broker-token-refused']);
      expect(answer.json().detail).toMatch(REMEDY);
    }
    expect(await sentSince(sent)).toBe(1);
  });

  it('is found out by its streams, also when no one orders anything', async () => {
    await revoke();
    await arm(running.simulator, { fault: 'stream-ended', count: 2 });
    running.simulator.timers.pass(5_000);

    expect(await failed()).toMatchObject({ statusCode: 'broker-token-refused' });
  });

  it('is replaced by PATCH, and the account trades again at once, with the stop of its position', async () => {
    const positionId = await openPosition();
    await revoke();
    await buy();
    await failed();

    const still = await running.ask('PATCH', `/accounts/${accountId}`, {
      token: NEW_TOKEN,
      password: PASSWORD,
    });
    expect([still.statusCode, still.json().type]).toEqual([422, '/problems/broker-token-refused']);
    await accept();
    const replaced = await running.ask('PATCH', `/accounts/${accountId}`, {
      token: NEW_TOKEN,
      password: PASSWORD,
    });

    expect([replaced.statusCode, replaced.json().status]).toEqual([200, 'trading']);
    await expectToTradeWithItsStop(positionId);
  });
});

describe('an order that is refused falsely, once', () => {
  beforeEach(() => start(patient));

  it('never arrived, is reported with the reason and the remedy, and the account continues to trade', async () => {
    const fault = await arm(running.simulator, { ...REFUSED, method: 'POST', path: '/orders', count: 1 });
    const refused = (await buy()).json();
    expect(refused).toMatchObject({ status: 'rejected', reasonCode: 'access-refused' });
    expect(await happened(running.simulator, fault)).toBe(1);

    expect((await buy()).json()).toMatchObject({ status: 'filled' });

    await expect
      .poll(() => running.entries(accountId, 'order-rejected'))
      .toMatchObject([
        {
          severity: 'warning',
          description: expect.stringMatching(/refused the token.*place the order again/),
          details: { orderId: refused.id, reason: 'access-refused' },
        },
      ]);
    const { body } = await running.simulator.send('GET', '/{A}/openTrades');
    expect(body['trades']).toMatchObject([{ currentUnits: '1000' }]);
    expect(await running.entries(accountId, 'account-error')).toEqual([]);
    expect((await account()).status).toBe('trading');
  });
});

describe('a token that the broker accepts again', () => {
  beforeEach(() => start(hasty));

  it('lets the account trade again by itself, with the stop of its position', async () => {
    const positionId = await openPosition();
    await running.server.supervisor.start();
    await revoke();
    await buy();
    await failed();

    await accept();
    await until('the account trades', async () => (await account()).status === 'trading');

    await expectToTradeWithItsStop(positionId);
  });
});
