/** Floods of reading: newcomers in a journal that others filled, and long pages of what one has. */
import { askOnce } from '../../drill-database.ts';
import { addFlooders, byMany, openAccount } from '../flood.ts';
import type { Flood, Flooder, FloodPlace } from '../flood.ts';

const ENTRIES = 1_000_000;
const NEWCOMERS = 12;

/** Newcomers who find nothing of theirs among a million entries of another person. */
export const journalOfOthers: Flood = async (place) => {
  const [owner, ...newcomers] = await addFlooders(place, 'newcomer', NEWCOMERS + 1);
  await askOnce(
    place.databaseUrl,
    `insert into events (occurred_at, category, type, severity, user_id, description)
      select now(), 'trading', 'noted', 'info', (select id from users where username = '${owner?.name}'), 'An entry'
      from generate_series(1, ${ENTRIES})`,
  );
  await askOnce(place.databaseUrl, 'vacuum analyze events');
  // Otherwise the server would write the million to its disk while the flood is measured.
  await askOnce(place.databaseUrl, 'checkpoint');
  return {
    run: () => readAll(place, newcomers, ['/events?limit=500']),
  };
};

const READERS = 3;
const CONNECTIONS_OF_READER = 8;
const ORDERS = 500;
const PAGES = ['orders', 'trades', 'events', 'positions'].map((list) => `/${list}?limit=500`);

/** Pages of 500 of orders, trades and entries, by people who have as many, over eight connections each. */
export const longPages: Flood = async (place) => {
  const readers = await addFlooders(place, 'reader', READERS);
  await Promise.all(
    readers.map(async ({ http }) => {
      const order = { accountId: await openAccount(http, 'Read'), instrument: 'EUR_USD', type: 'market' };
      for (let index = 0; index < ORDERS; index += 1) {
        const body = { ...order, side: index % 2 === 0 ? 'buy' : 'sell', units: 1_000 };
        await http.demand({ method: 'POST', path: '/orders', body });
      }
    }),
  );
  const connections = Array.from({ length: CONNECTIONS_OF_READER }, () => readers).flat();
  return { run: () => readAll(place, connections, PAGES) };
};

const MANY_READERS = 60;
const SIGN_UPS_AT_ONCE = 10;

/** Many people, none of whom reads faster than one may: each the last five hundred entries of a journal, again and again. */
export const manyReaders: Flood = async (place) => {
  const readers: Flooder[] = [];
  // Few at a time: sign-ups wait for each other, and not without end.
  for (let group = 0; group * SIGN_UPS_AT_ONCE < MANY_READERS; group += 1)
    readers.push(...(await addFlooders(place, `many_${group}`, SIGN_UPS_AT_ONCE)));
  await askOnce(
    place.databaseUrl,
    `insert into events (occurred_at, category, type, severity, user_id, description)
      select now(), 'trading', 'noted', 'info', users.id, 'An entry'
      from users, generate_series(1, 500) where username like 'many_%'`,
  );
  return { run: () => readAll(place, readers, ['/events?limit=500']) };
};

/** Each reads the pages in turn, the next as soon as one has come. */
async function readAll(
  place: FloodPlace,
  readers: Awaited<ReturnType<typeof addFlooders>>,
  paths: readonly string[],
): Promise<void> {
  let turn = 0;
  await byMany(place, readers.length, async (reader) => {
    turn += 1;
    const path = paths[turn % paths.length] ?? '';
    const answer = await readers[reader]?.http.send({ method: 'GET', path });
    place.count(answer?.status ?? '');
  });
}
