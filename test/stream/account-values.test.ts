/** The channel `account` shows what an account is worth while prices move: at most twice a second, and the newest only. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountValues } from '../../src/trading/accounts/account-values.ts';
import { HandTimers } from '../support/hand-timers.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { LiveValues } from '../../src/trading/accounts/live-valuation.ts';
import type { StreamServer } from '../support/stream-server.ts';

const timers = new HandTimers();
let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({ every: (task, everyMs) => timers.every(task, everyMs) });
});

afterAll(() => server.close());

type Frame = { readonly data?: { readonly kind?: string; readonly positions?: readonly object[] } };
const isOf =
  (kind: string) =>
  ({ data }: Frame): boolean =>
    data?.kind === kind;

/** A person with 1,000 EUR_USD bought at 1.10010, who watches the account. */
async function watch() {
  const trader = await addTrader(server);
  await trader.order();
  const client = await TestClient.signedIn(server, trader.user);
  await client.subscribe('account', { accountId: trader.accountId });
  const snapshot = await client.next(isOf('snapshot'));
  /** The values that came so far; whatever was sent before the answer to a frame has come with it. */
  const values = async () => {
    await client.subscribe('strategies');
    return client
      .dataOf('account')
      .filter(isOf('values'))
      .map(({ data }) => data);
  };
  return { ...trader, client, snapshot, values };
}

describe('the values of an account', () => {
  it('follow the snapshot, the newest only, as often as they are looked at, and stop at the end', async () => {
    const { accountId, client, snapshot, values } = await watch();
    const [position] = snapshot['data'].positions;

    timers.pass(500);
    await server.quote('EUR_USD', 110_060, 110_070);
    await server.quote('EUR_USD', 110_110, 110_120);
    timers.pass(499);
    expect(await values()).toHaveLength(1);
    timers.pass(1);
    const shown = await values();

    expect(position).toMatchObject({ price: '1.10000', unrealizedPnl: '-0.1000' });
    expect(shown[0]).toMatchObject({ positions: [{ id: position.id, price: '1.10000' }] });
    expect(shown.slice(1)).toEqual([
      {
        kind: 'values',
        accountId,
        money: expect.objectContaining({
          balance: '100000.0000',
          nav: '100001.0000',
          unrealizedPnl: '1.0000',
        }),
        positions: [{ id: position.id, price: '1.10110', unrealizedPnl: '1.0000' }],
      },
    ]);
    client.send({ type: 'unsubscribe', channel: 'account', accountId });
    await client.next((frame) => frame['type'] === 'unsubscribed');
    await server.quote('EUR_USD', 110_200, 110_210);
    timers.pass(500);
    expect(await values()).toHaveLength(2);
    expect(timers.size).toBe(0);
    client.socket.close();
  });

  it('are sent to each socket that shows it, whenever it came', async () => {
    const { client, values, user, accountId } = await watch();
    timers.pass(500);
    const other = await TestClient.signedIn(server, user);
    await other.subscribe('account', { accountId });
    await other.next(isOf('snapshot'));

    timers.pass(500);

    const [shown] = await values();
    await other.subscribe('strategies');
    expect(await values()).toHaveLength(1);
    expect(other.dataOf('account').filter(isOf('values'))).toMatchObject([{ data: shown }]);
    other.socket.close();
    client.socket.close();
  });

  it('are not sent again where nothing changed but the time', async () => {
    const { client, values } = await watch();
    timers.pass(500);

    await server.quote('EUR_USD', 110_000, 110_010);
    timers.pass(5_000);

    expect(await values()).toHaveLength(1);
    client.socket.close();
  });
});

describe('a client that is behind', () => {
  it('is sent no values until it has caught up, and then the newest', () => {
    const outbox = { isClear: true, frames: [] as { data: { money: { nav: string } } }[] };
    const hands = new HandTimers();
    let nav = 10_000;
    const snapshot = {
      at: 0,
      balance: 10_000,
      marginUsed: 0,
      marginAvailable: 0,
      unrealizedPnl: 0,
      isMarginCalled: false,
      marginCloseoutPercent: 0,
      lastTransactionId: 1,
    };
    const accountValues = new AccountValues({
      valuesOf: (): LiveValues => ({ snapshot: { ...snapshot, nav }, positions: [] }),
      every: (task, everyMs) => hands.every(task, everyMs),
    });
    // The rest of an outbox is not used.
    const end = accountValues.stream('a', {
      get isClear() {
        return outbox.isClear;
      },
      sendFrame: (frame: Buffer) =>
        void outbox.frames.push(JSON.parse(frame.subarray(frame.indexOf('{')).toString())),
    } as never);

    hands.pass(500);
    outbox.isClear = false;
    for (nav = 20_000; nav < 100_000; nav += 10_000) hands.pass(500);
    outbox.isClear = true;
    hands.pass(500);
    end();
    nav = 1;
    hands.pass(500);

    expect(outbox.frames.map(({ data }) => data.money.nav)).toEqual(['1.0000', '10.0000']);
  });
});
