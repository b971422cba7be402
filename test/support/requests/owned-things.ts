/** A person with one of everything that belongs to a person, for tests that ask for the things of others. */

import { PASSWORD, PASSWORD_HASH } from '../test-server.ts';
import { present } from '../../../src/core/shared/assert.ts';
import { until } from '../until.ts';
import { longQuoteFile } from '../price-files.ts';
import { addTrader } from '../trading-client.ts';
import type { TestServer } from '../test-server.ts';

/** Which thing the fields named like this are ids of. */
const KIND_BY_FIELD: Readonly<Record<string, string>> = {
  accountId: 'accounts',
  strategyId: 'strategies',
  positionId: 'positions',
  openingOrderId: 'opening-orders',
  seriesId: 'price-series',
  upTo: 'notifications',
  channelId: 'notification-channels',
  userId: 'admin/users',
  series: 'price-series',
};

/** Returns the kind of thing that an id in a query or a body is of, as its path calls it. */
export function kindOfField(field: string): string {
  return present(KIND_BY_FIELD[field], `the kind of thing that "${field}" is the id of, in KIND_BY_FIELD`);
}

export type OwnedThings = Awaited<ReturnType<typeof addOwner>>;

/** Adds a person, and returns them with the ids of their things by the first part of their path. */
export async function addOwner(server: TestServer) {
  const { user, ask, accountId, order } = await addTrader(server);
  // As a start does.
  await server.pushKeys.prepare();
  // People are notified of what comes from here on.
  await server.notifier.catchUp();
  const channel = await ask('POST', '/notification-channels', {
    name: 'Chat',
    kind: 'slack',
    url: 'http://127.0.0.1:9/nowhere',
    minSeverity: 'info',
  });
  const made = async (path: string, body: object | string, type = 'application/json') => {
    const answer = await ask('POST', path, typeof body === 'string' ? Buffer.from(body) : body, {
      headers: { 'content-type': type },
    });
    if (answer.statusCode > 202) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  };
  const strategy = await made('/strategies', {
    accountId,
    name: 'Mine',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  const resting = await order({ type: 'limit', price: '1.05' });
  await order();
  const [position] = (await ask('GET', '/positions')).json().items;
  await made(`/positions/${position.id}/close`, { units: 1 });
  const [trade] = (await ask('GET', '/trades')).json().items;
  const series = await made('/price-series?instrument=EUR_USD', longQuoteFile(600), 'text/csv');
  const backtest = await made('/backtests', { strategyType: 'ema_cross', instrument: 'EUR_USD' });
  const notification = await until('the fill is notified', async () => {
    await server.notifier.catchUp();
    return (await ask('GET', '/notifications')).json().items[0];
  });
  const [delivery] = (await ask('GET', '/notification-deliveries')).json().items;
  const apiKey = await made('/api-keys', { name: 'bot', scope: 'trade', password: PASSWORD });
  const session = present(
    await server.sessions.open(user.id, {}, { passwordHash: PASSWORD_HASH }),
    'another session',
  );
  // A strategy of the test would have to trade for this.
  for (const table of ['orders', 'positions', 'trades', 'events'] as const)
    await server.database
      .updateTable(table)
      .set({ strategy_id: strategy.id })
      .where('account_id', '=', accountId)
      .execute();
  const idsByKind: ReadonlyMap<string, string> = new Map([
    ['accounts', accountId],
    ['strategies', strategy.id],
    ['orders', resting.json().id],
    ['opening-orders', position.openingOrderId],
    ['positions', position.id],
    ['trades', trade.id],
    ['price-series', series.id],
    ['backtests', backtest.id],
    ['api-keys', apiKey.id],
    ['notifications', notification.id],
    ['notification-channels', channel.json().id],
    ['notification-deliveries', delivery.id],
    ['sessions', session.sessionId],
  ]);
  return { user, ask, idsByKind };
}

/** Returns the ids of what administrators ask for: a person's things under paths of theirs, the person, and a blocked address. */
export function administeredThings(
  { user, idsByKind }: OwnedThings,
  blockId: string,
): ReadonlyMap<string, string> {
  const things = [...idsByKind].map(([kind, id]) => [`admin/${kind}`, id] as const);
  return new Map([...things, ['admin/users', user.id], ['admin/blocked-ips', blockId]]);
}
