/** A broker that hangs, or whose answers are lost, stops no one, and nothing is sent twice. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { BROKER_PATIENCE } from '../../src/trading/broker-patience.ts';
import { KILL_UNDER_WAY } from '../../src/trading/account-status-record.ts';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { holdUp } from '../support/held-up-account.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import { until } from '../support/until.ts';
import { UnsteadyBroker } from '../support/unsteady-broker.ts';

const context = useServer();

/** Lets what waits for the broker from now on wait for no longer than this. */
const beImpatient = () => Object.assign(context.server.patience, { personMs: 300, stopMs: 300 });
const bePatient = () => Object.assign(context.server.patience, BROKER_PATIENCE);

afterEach(bePatient);

/** A trader behind a bad line. */
async function addUnlucky(lateArrivalMs = 3_600_000) {
  const { server } = context;
  const line = new UnsteadyBroker();
  line.lateArrivalMs = lateArrivalMs;
  server.wire.through = (broker) => line.over(broker);
  const trader = await addTrader(server);
  const { ask, accountId } = trader;
  const restart = async () => {
    server.wire.through = (broker) => line.over(broker);
    await server.supervisor.dismiss(accountId);
    const account = await server.stores.accounts.find(accountId);
    if (account) await server.supervisor.adopt(account);
    server.wire.through = (broker) => broker;
  };
  server.wire.through = (broker) => broker;
  const items = async (path: string) => (await ask('GET', path)).json().items;
  return {
    ...trader,
    line,
    restart,
    openPositions: () => items(`/positions?accountId=${accountId}&open=true`),
    orders: () => items(`/orders?accountId=${accountId}&limit=500`),
    statusOf: async (orderId: string) => (await ask('GET', `/orders/${orderId}`)).json().status,
    kill: () => ask('POST', `/accounts/${accountId}/kill`),
    /** The entries that say that the account is flat. */
    flat: async () =>
      (await items(`/events?accountId=${accountId}&limit=500`)).filter(
        ({ details }: { details: object }) => 'isFlat' in details,
      ),
    untilSent: (what: string) =>
      until(`${what} was sent`, () => line.sent.some((sent) => sent.startsWith(what))),
  };
}

type Unlucky = Awaited<ReturnType<typeof addUnlucky>>;

/** An account with an open position of 1,000. */
async function holding(lateArrivalMs?: number) {
  const trader = await addUnlucky(lateArrivalMs);
  await trader.order();
  const [position] = await trader.openPositions();
  trader.line.sent.length = 0;
  return {
    ...trader,
    position,
    close: (body?: object) => trader.ask('POST', `/positions/${position.id}/close`, body),
  };
}

async function expectNothingTwice({ accountId }: Unlucky) {
  const log = await context.server.stores.projections.logOf(accountId);
  const ids = log.flatMap((entry) => (entry.type === 'order-created' ? (entry.clientOrderId ?? []) : []));
  expect(ids).toEqual([...new Set(ids)]);
}

describe('while a request hangs at the broker', () => {
  it('a kill cancels and closes before it is answered, once, and ends what hangs when it fills', async () => {
    const trader = await holding();
    const { line, order, kill, untilSent } = trader;
    const resting = (await order({ type: 'limit', price: '1.05' })).json();
    line.sent.length = 0;
    line.fate = 'hangs';
    const hanging = order();
    await untilSent('submit');

    beImpatient();
    const killed = await kill();
    await kill();
    bePatient();

    expect(killed.statusCode).toBe(202);
    expect(killed.json()).toMatchObject({
      status: 'halted',
      statusReason: expect.stringContaining('positions closed'),
    });
    expect(line.sent).toEqual([
      expect.stringMatching(/^submit/),
      `cancel ${resting.brokerOrderId}`,
      expect.stringMatching(/^close \d+ ALL/),
    ]);
    line.fate = 'passes';
    line.release();
    expect((await hanging).json()).toMatchObject({ status: 'filled' });
    await expect.poll(trader.openPositions).toEqual([]);
    expect(await trader.statusOf(resting.id)).toBe('cancelled');
    expect(line.sent.filter((sent) => sent.startsWith('close'))).toHaveLength(2);
    await expectNothingTwice(trader);
  });

  it('a kill is reported over when the account is flat and the broker says so, and not before', async () => {
    const { line, ask, accountId, flat, kill, restart } = await holding();
    const statusReason = async () => (await ask('GET', `/accounts/${accountId}`)).json().statusReason;
    line.fate = 'hangs';
    beImpatient();
    expect((await kill()).statusCode).toBe(202);
    bePatient();
    expect(await statusReason()).toMatch(/are being cancelled/);

    line.fate = 'passes';
    const restarted = restart();
    line.release();
    await restarted;
    await kill();

    await expect.poll(statusReason).toMatch(/is flat/);
    await expect.poll(flat).toHaveLength(1);
  });

  it('a kill during which a rule halts the account is under way after a restart, and is reported over', async () => {
    const { line, ask, accountId, flat, kill, restart } = await holding();
    const shown = async () => (await ask('GET', `/accounts/${accountId}`)).json();
    await ask('PATCH', `/accounts/${accountId}`, { limits: { maxDailyLoss: '5' } });
    line.fate = 'hangs';
    beImpatient();
    expect((await kill()).statusCode).toBe(202);
    bePatient();

    await context.server.quote('EUR_USD', 109_000, 109_010);
    await expect.poll(shown).toMatchObject({
      status: 'halted',
      statusReason: expect.stringMatching(/are being cancelled.*daily-loss-exceeded/),
    });
    line.fate = 'passes';
    const restarted = restart();
    line.release();
    await restarted;
    await context.server.quote('EUR_USD', 109_000, 109_010);

    await expect.poll(flat).toHaveLength(1);
    expect(await shown()).toMatchObject({ statusReason: expect.stringMatching(/is flat/) });
  });

  it('a kill that was recorded and not saved when the server died closes what is open after the start', async () => {
    const { ask, accountId, flat, openPositions, restart } = await holding();
    await context.server.supervisor.dismiss(accountId);
    const { accounts } = context.server.stores;
    await accounts.setStatus(accountId, 'halted', { reason: KILL_UNDER_WAY });

    await restart();
    await context.server.quote('EUR_USD', 110_000, 110_010);

    await expect.poll(openPositions).toEqual([]);
    await expect.poll(flat).toHaveLength(1);
    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({
      statusReason: expect.stringMatching(/is flat/),
    });
  });

  it('an account that is resumed during a kill trades, and its status says so', async () => {
    const { ask, accountId, openPositions, order } = await holding();
    const live = context.server.supervisor.accountOf(accountId);

    await Promise.all([live.kill(1_000), live.resume()]);
    await context.server.quote('EUR_USD', 110_000, 110_010);
    await expect.poll(openPositions).toEqual([]);

    expect((await ask('GET', `/accounts/${accountId}`)).json()).toMatchObject({ status: 'trading' });
    expect((await order()).json()).toMatchObject({ status: 'filled' });
  });

  it('a restart does not prolong the wait for an order that never arrived', async () => {
    const { line, order, statusOf, restart } = await addUnlucky(3_600_000);
    line.fate = 'vanishes';
    const { id } = (await order()).json();
    line.fate = 'passes';
    await restart();
    expect(await statusOf(id)).toBe('submitted');

    await context.server.database
      .updateTable('orders')
      .set({ created_at: new Date(Date.now() - 7_200_000) })
      .where('id', '=', id)
      .execute();
    await restart();

    await expect.poll(() => statusOf(id)).toBe('rejected');
  });

  it('prices and other requests are handled', async () => {
    const { line, order, ask, accountId, untilSent } = await addUnlucky();
    line.fate = 'hangs';
    const hanging = order();
    await untilSent('submit');
    line.fate = 'passes';

    await context.server.quote('EUR_USD', 110_100, 110_110);
    const other = await order({ units: 2 });
    const { money } = (await ask('GET', `/accounts/${accountId}/summary`)).json();

    expect(other.json()).toMatchObject({ status: 'filled', averagePrice: '1.10110' });
    expect(money).toMatchObject({ unrealizedPnl: '-0.0002' });
    line.release();
    expect((await hanging).json()).toMatchObject({ status: 'filled' });
  });

  it('an order of unknown number is cancelled as soon as it rests', async () => {
    const { line, order, orders, ask, untilSent, statusOf } = await addUnlucky();
    line.fate = 'hangs';
    const hanging = order({ type: 'limit', price: '1.05' });
    await untilSent('submit');
    line.fate = 'passes';
    const [{ id }] = await orders();

    const cancelled = await ask('DELETE', `/orders/${id}`);
    line.release();
    await hanging;

    expect(cancelled.json()).toMatchObject({ id, status: 'submitted' });
    await expect.poll(() => statusOf(id)).toBe('cancelled');
  });

  it('an order is answered 202, and its repetition finds it, and nothing is sent again', async () => {
    const trader = await addUnlucky();
    const { line, order, untilSent } = trader;
    const key = { 'idempotency-key': randomUUID() };
    line.fate = 'hangs';
    beImpatient();
    const first = order({}, key);
    await untilSent('submit');
    // As if the first request had been cut off a minute ago.
    await context.server.database
      .updateTable('idempotency_keys')
      .set({ updated_at: new Date(0) })
      .where('key', '=', key['idempotency-key'])
      .execute();

    const repeated = await order({}, key);
    const late = await first;
    bePatient();

    expect([late.statusCode, repeated.statusCode]).toEqual([202, 202]);
    expect(late.json()).toMatchObject({ id: repeated.json().id, status: 'submitted' });
    line.release();
    await expect.poll(() => trader.statusOf(late.json().id)).toBe('filled');
    const asItIsNow = await order({}, key);
    expect(asItIsNow.statusCode).toBe(201);
    expect(asItIsNow.json()).toMatchObject({ id: late.json().id, status: 'filled' });
    expect((await order({}, key)).body).toBe(asItIsNow.body);
    expect(line.sent).toHaveLength(1);
    await expectNothingTwice(trader);
  });

  it('what the stream shows before the answer is taken in once', async () => {
    const { line, order, openPositions, ask, accountId, untilSent } = await addUnlucky();
    line.fate = 'hangs';
    line.isStreamFirst = true;
    const hanging = order();
    await untilSent('submit');
    line.release();

    expect((await hanging).json()).toMatchObject({ status: 'filled' });
    expect(await openPositions()).toHaveLength(1);
    const entries = async () => (await ask('GET', `/events?accountId=${accountId}&limit=500`)).json().items;
    await expect
      .poll(async () => (await entries()).filter(({ type }: { type: string }) => type === 'order-filled'))
      .toHaveLength(1);
  });

  it('a stop waits for it, and takes in its answer', async () => {
    const { line, order, openPositions, accountId, untilSent } = await addUnlucky();
    line.fate = 'hangs';
    const hanging = order();
    await untilSent('submit');

    const stopped = context.server.supervisor.dismiss(accountId);
    line.release();
    await stopped;

    expect((await hanging).json()).toMatchObject({ status: 'filled' });
    expect(await openPositions()).toHaveLength(1);
  });

  it('a stop does not wait for ever; the next start finds out', async () => {
    const trader = await addUnlucky(1);
    const { line, order, orders, restart, untilSent, statusOf } = trader;
    line.fate = 'hangs';
    beImpatient();
    const hanging = order();
    await untilSent('submit');
    line.fate = 'passes';
    const [{ id }] = await orders();
    expect((await hanging).statusCode).toBe(202);

    await restart();

    await expect.poll(() => statusOf(id)).toBe('rejected');
    expect(line.sent).toHaveLength(1);
  });
});

describe('when an answer is lost', () => {
  it('the log shows by itself that an order filled', async () => {
    const { line, order, statusOf, openPositions } = await addUnlucky();
    line.fate = 'arrives';

    const { id } = (await order()).json();

    await expect.poll(() => statusOf(id)).toBe('filled');
    expect(await openPositions()).toHaveLength(1);
  });

  it('an order that the log does not show in time was never sent', async () => {
    const { line, order, ask } = await addUnlucky(1);
    line.fate = 'vanishes';

    const { id } = (await order()).json();

    await expect
      .poll(async () => (await ask('GET', `/orders/${id}`)).json())
      .toMatchObject({ status: 'rejected', reasonCode: 'not-received' });
    expect(line.sent).toHaveLength(1);
  });

  it('an order counts as in flight until its fate is known', async () => {
    const { line, order, ask, accountId } = await addUnlucky();
    await ask('PATCH', `/accounts/${accountId}`, { limits: { maxPositionUnits: 1_500 } });
    line.fate = 'vanishes';

    const lost = await order();
    line.fate = 'passes';

    expect(lost.statusCode).toBe(202);
    expect(lost.json()).toMatchObject({ status: 'submitted' });
    expect((await order()).json()).toMatchObject({ code: 'position-units-exceeded' });
  });

  it('a close can be asked for again only when it is known to have vanished', async () => {
    const { line, close, openPositions } = await holding(1);
    line.fate = 'vanishes';
    await close({ units: 400 });
    line.fate = 'passes';

    await expect.poll(async () => (await close({ units: 400 })).statusCode).toBe(201);

    expect(await openPositions()).toMatchObject([{ openUnits: 600 }]);
  });

  it('a kill asks for the close of all units at once, which cannot double', async () => {
    const trader = await holding();
    const { line, close, kill, openPositions } = trader;
    line.fate = 'vanishes';
    expect((await close({ units: 400 })).statusCode).toBe(202);
    line.fate = 'passes';
    expect((await close()).json()).toMatchObject({ code: 'close-in-progress' });

    await kill();

    expect(line.sent).toEqual([expect.stringMatching(/ 400$/), expect.stringMatching(/ ALL$/)]);
    expect(await openPositions()).toEqual([]);
    await expectNothingTwice(trader);
  });

  it('a close of all that arrives after a late close of a part is recorded with what it closed', async () => {
    const { line, close, kill, openPositions, accountId } = await holding();
    line.fate = 'is late';
    await close({ units: 400 });
    line.fate = 'passes';
    line.release();

    await kill();
    await context.server.quote('EUR_USD', 110_000, 110_010);

    expect(await openPositions()).toEqual([]);
    expect((await checkAccount(context.server.stores, accountId)).differences).toEqual([]);
  });

  it('a kill of a position whose close hangs asks for no second one until the first is lost', async () => {
    const { line, close, kill, openPositions, untilSent } = await holding();
    line.fate = 'hangs';
    const hanging = close();
    await untilSent('close');
    line.fate = 'passes';

    beImpatient();
    expect((await kill()).statusCode).toBe(202);
    bePatient();

    expect(line.sent).toHaveLength(1);
    line.release();
    await hanging;
    expect(await openPositions()).toEqual([]);
    expect(line.sent).toHaveLength(1);
  });

  it('a cancel that was lost is asked for again after a kill', async () => {
    const { line, order, kill, statusOf } = await addUnlucky(1);
    const { id } = (await order({ type: 'limit', price: '1.05' })).json();
    line.fate = 'vanishes';
    await kill();
    line.fate = 'passes';

    await expect.poll(() => statusOf(id)).toBe('cancelled');
  });

  it('a close stays a close through a restart', async () => {
    const { line, close, kill, restart, openPositions } = await holding();
    line.fate = 'vanishes';
    const lost = (await close({ units: 400 })).json();
    line.fate = 'passes';

    await restart();

    expect((await close({ units: 400 })).json()).toMatchObject({ code: 'close-in-progress' });
    expect(line.sent).toHaveLength(1);
    expect(lost).toMatchObject({ status: 'submitted', units: 400 });
    await context.server.quote('EUR_USD', 110_000, 110_010);
    await kill();
    expect(await openPositions()).toEqual([]);
  });

  it('a close that vanished before a restart can be asked for again when that is certain', async () => {
    const { line, close, restart, openPositions } = await holding(1);
    line.fate = 'hangs';
    beImpatient();
    const hanging = close({ units: 400 });
    await until('the close was sent', () => line.sent.length > 0);
    line.fate = 'passes';
    await restart();
    await hanging;
    bePatient();

    await expect.poll(async () => (await close({ units: 400 })).statusCode).toBe(201);

    expect(await openPositions()).toMatchObject([{ openUnits: 600 }]);
  });
});

describe('a cancel that is lost before a restart is sent again', () => {
  it('to an order of whose group another has filled', async () => {
    const { line, order, restart, statusOf } = await addUnlucky();
    const pair = { ocoGroup: 'pair' };
    const waiting = (await order({ ...pair, type: 'limit', price: '1.05' })).json();
    const filling = (await order({ ...pair, type: 'stop', price: '1.11' })).json();
    line.sent.length = 0;
    line.fate = 'vanishes';
    await context.server.quote('EUR_USD', 111_000, 111_010);
    await expect.poll(() => statusOf(filling.id)).toBe('filled');
    await until('the cancel was sent', () => line.sent.length > 0);
    line.fate = 'passes';

    await restart();

    await expect.poll(() => statusOf(waiting.id)).toBe('cancelled');
    expect(line.sent).toEqual([`cancel ${waiting.brokerOrderId}`, `cancel ${waiting.brokerOrderId}`]);
  });

  it('to an order that a kill was to end', async () => {
    const { line, order, kill, restart, statusOf } = await addUnlucky();
    const { id } = (await order({ type: 'limit', price: '1.05' })).json();
    line.fate = 'vanishes';
    await kill();
    line.fate = 'passes';

    await restart();

    await expect.poll(() => statusOf(id)).toBe('cancelled');
  });
});

describe('while the account is held up by the database', () => {
  it('an order that may fill is answered 202, and one that is answered 503 never fills', async () => {
    const trader = await addUnlucky();
    const { order, orders, accountId } = trader;
    const { server } = context;
    const release = await holdUp(context.server, accountId);
    const keys = [1, 2, 3].map(() => ({ 'idempotency-key': randomUUID() }));

    beImpatient();
    const answers = await Promise.all(keys.map((key) => order({}, key)));
    bePatient();
    await release();

    const sent = answers.filter(({ statusCode }) => statusCode === 202).map((answer) => answer.json());
    const refused = answers.filter(({ statusCode }) => statusCode === 503);
    expect(sent.length + refused.length).toBe(3);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.json()).toMatchObject({ detail: expect.stringContaining('taken back') });
    for (const { id } of sent) await expect.poll(() => trader.statusOf(id)).toBe('filled');
    await server.quote('EUR_USD', 110_000, 110_010);
    expect(await orders()).toHaveLength(sent.length);

    const repeated = await Promise.all(keys.map((key) => order({}, key)));

    expect(repeated.every(({ statusCode }) => statusCode < 300)).toBe(true);
    expect(await orders()).toHaveLength(3);
    await expectNothingTwice(trader);
  });

  it('a close-out is answered 202 with what it closes, and its repetition finds it', async () => {
    const trader = await holding();
    const { ask, accountId, openPositions, line } = trader;
    const key = { headers: { 'idempotency-key': randomUUID() } };
    const closeOut = () => ask('POST', '/net-positions/EUR_USD/close', { accountId, units: 400 }, key);

    // It is taken back while the account is held up in something else, such as saving its state.
    const late = await until('the account is held up in the close-out', async () => {
      const release = await holdUp(context.server, accountId);
      beImpatient();
      const answer = await closeOut();
      bePatient();
      await release();
      return answer.statusCode !== 503 && answer;
    });

    expect(late.statusCode).toBe(202);
    expect(late.json()).toMatchObject({ status: 'submitted', side: 'sell', units: 400, type: 'market' });
    await expect.poll(() => trader.statusOf(late.json().id)).toBe('filled');
    const repeated = await closeOut();
    expect([repeated.statusCode, repeated.json().id]).toEqual([201, late.json().id]);
    expect(await openPositions()).toMatchObject([{ openUnits: 600 }]);
    expect(line.sent).toHaveLength(1);
  });
});
