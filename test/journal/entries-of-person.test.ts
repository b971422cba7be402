/** A person's entries, among very many of others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selectEntriesOf } from '../../src/journal/entry-query-store.ts';
import { runPrepared } from '../../src/persistence/prepared-statement.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { openTestServer } from '../support/test-server.ts';
import type { JournalEntry } from '../../src/core/domain/journal-entry.ts';
import type { TestServer } from '../support/test-server.ts';

const FOREIGN_ENTRIES = 30_000;

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(async () => {
  await server.close();
});

it('are found by an index', async () => {
  const { orm, stores, journal, app } = server;
  const [person, other] = [await server.addUser(), await server.addUser()];
  const [account, foreign] = [await server.addAccount(person.id), await server.addAccount(other.id)];
  await runPrepared(
    orm,
    {
      name: 'foreign-entries',
      text: `insert into events (occurred_at, category, type, severity, description, account_id)
             select now(), 'trading', 'foreign', 'info', '', $1 from generate_series(1, ${FOREIGN_ENTRIES})`,
    },
    [foreign.id],
  );
  await runPrepared(orm, { name: 'analyze-events', text: 'analyze events' }, []);
  const about = (type: string, whom: Pick<JournalEntry, 'userId' | 'accountId'>) =>
    journal.record({ category: 'trading', type, severity: 'info', description: '', ...whom });
  await about('person', { userId: person.id });
  await about('account', { accountId: account.id });
  await about('both', { userId: person.id, accountId: account.id });
  await about('other account', { userId: person.id, accountId: foreign.id });
  await about('other', { userId: other.id, accountId: foreign.id });

  const read = async (query: string) => {
    const answer = await app.inject({ url: `/api/v1/events?${query}`, headers: person.headers });
    return (answer.json().items as readonly { readonly type: string }[])
      .map(({ type }) => type)
      .filter((type) => type !== 'account-created');
  };
  const { sequence: until } = await stores.journal.latestCursor();
  const query = selectEntriesOf(
    queryBuilder(orm),
    { userId: person.id, accountIds: [account.id] },
    {},
    { after: 0, until, limit: 100 },
  ).compile();
  const [row] = await runPrepared(
    orm,
    { name: 'plan-of-entries', text: `explain (analyze, buffers, format json) ${query.sql}` },
    query.parameters,
  );
  const plan = JSON.stringify(row);

  expect(await read('limit=100')).toEqual(['person', 'account', 'both', 'other account']);
  expect(await read('limit=2')).toHaveLength(2);
  expect(await read(`accountId=${foreign.id}`)).toEqual(['other account']);
  expect(buffersOf(plan)).toBeGreaterThan(0);
  expect(buffersOf(plan)).toBeLessThan(100);
});

/** What the first node of a plan says, which is the sum of all. */
function buffersOf(plan: string): number {
  const [, hit, read] = /"Shared Hit Blocks":\s*(\d+),\s*"Shared Read Blocks":\s*(\d+)/.exec(plan) ?? [];
  return Number(hit) + Number(read);
}
