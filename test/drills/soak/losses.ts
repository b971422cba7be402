/** What was lost or done twice: orders against the database, frames against the journal. */
import { until } from '../../support/until.ts';
import { askOnce } from '../drill-database.ts';
import type { Person } from './person.ts';

/** The journal of the last moment is on its way when the orders end. */
const DELIVERED_WITHIN_MS = 120_000;

/** Returns what differs; nothing when each order is there once, filled once, and each entry was sent to each socket once and in order. */
export async function findLosses(databaseUrl: string, people: readonly Person[]): Promise<string[]> {
  // An order that was answered 202 is filled soon after.
  await until('each order of a person is filled', () => isSettled(databaseUrl), DELIVERED_WITHIN_MS).catch(
    () => undefined,
  );
  const [last] = await askOnce(databaseUrl, 'select max(sequence)::int8 as sequence from events');
  const newest = Number(last?.['sequence']);
  const losses: string[] = [];
  for (const person of people) {
    losses.push(...person.faults, ...person.listeners.flatMap(({ faults }) => faults));
    losses.push(
      ...(await lostOrders(databaseUrl, person)),
      ...(await lostEntries(databaseUrl, person, newest)),
    );
  }
  return losses;
}

async function isSettled(databaseUrl: string): Promise<boolean> {
  const open = "select 1 from orders where created_by = 'person' and status <> 'filled' limit 1";
  return (await askOnce(databaseUrl, open)).length === 0;
}

async function lostOrders(databaseUrl: string, { accountId, orderIds }: Person): Promise<string[]> {
  const rows = await askOnce(
    databaseUrl,
    `with fills as (select payload->>'orderId' as number, count(*)::int as count from broker_transactions
        where account_id = '${accountId}' and type = 'order-filled' group by 1)
      select id, status, filled_units::float8 as filled, coalesce(fills.count, 0) as fills
      from orders left join fills on fills.number = broker_order_id
      where account_id = '${accountId}' and created_by = 'person'`,
  );
  const known = new Map(rows.map((row) => [String(row['id']), row]));
  const asked = new Set(orderIds);
  return [
    ...orderIds.filter((id) => !known.has(id)).map((id) => `order ${id} was answered and is not there`),
    ...[...known.keys()]
      .filter((id) => !asked.has(id))
      .map((id) => `order ${id} is there and was never answered`),
    ...rows
      .filter(({ status, filled, fills }) => status !== 'filled' || filled !== 1_000 || fills !== 1)
      .map((row) => `an order was not filled once and in full: ${JSON.stringify(row)}`),
  ];
}

async function lostEntries(databaseUrl: string, person: Person, last: number): Promise<string[]> {
  const rows = await askOnce(
    databaseUrl,
    `select sequence::int8 as sequence from events left join oanda_accounts as a on a.id = events.account_id
      where sequence <= ${last} and (a.id = '${person.accountId}'
        or events.user_id = (select user_id from oanda_accounts where id = '${person.accountId}'))
      order by sequence`,
  );
  const wanted = rows.map((row) => Number(row['sequence']));
  const newest = wanted.at(-1) ?? 0;
  const isComplete = (): boolean =>
    person.listeners.every(({ sequences }) => (sequences.at(-1) ?? 0) >= newest);
  await until('each socket was sent the journal', isComplete, DELIVERED_WITHIN_MS).catch(() => undefined);
  return person.listeners.flatMap(({ sequences }, index) => {
    const received = sequences.filter((sequence) => sequence <= newest);
    const place = wanted.findIndex((sequence, at) => sequence !== received[at]);
    if (place < 0 && received.length === wanted.length) return [];
    return [
      `socket ${index} of account ${person.accountId} was sent ${received.length} of ${wanted.length} entries; the first that differs is ${wanted[place] ?? received[wanted.length]}`,
    ];
  });
}
