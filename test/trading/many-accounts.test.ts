/** A process with many paper accounts starts some of them at once: each is a number of statements, and connections are few. */

import { randomUUIDv7 } from 'node:crypto';
import { expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { useServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { StoredAccount } from '../../src/trading/accounts/account-store.ts';

const context = useServer();

const ACCOUNTS = 20;
const STARTED_AT_ONCE = 16;

/** Adds accounts whose starts wait for an answer of their brokers, lets `start` start them, and resolves when as many begin as may. */
async function startMany(start: (added: readonly StoredAccount[]) => Promise<unknown>) {
  const { server } = context;
  const { id: userId } = await server.addUser();
  const added: StoredAccount[] = [];
  for (let made = 0; made < ACCOUNTS; made += 1) {
    const account = {
      id: randomUUIDv7(),
      userId,
      name: `Paper ${made}`,
      currency: 'USD',
      hedging: false,
      initialBalance: 1_000_000_000,
      limits: {},
    } as const;
    await server.stores.accounts.create(account);
    added.push(present(await server.stores.accounts.find(account.id), 'account'));
  }
  const mayAnswer = Promise.withResolvers<void>();
  const begun = { accounts: 0 };
  server.wire.through = (paper) => {
    begun.accounts += 1;
    const snapshot = paper.snapshot.bind(paper);
    paper.snapshot = () => mayAnswer.promise.then(snapshot);
    return paper;
  };
  const started = start(added);
  await until('all are ours', async () => (await owned()) === added.length + running());
  await until('as many begin as may', () => begun.accounts >= STARTED_AT_ONCE);
  return { begun, started, answer: () => mayAnswer.resolve() };
}

/** How many accounts are ours, as other copies of the server see it. */
async function owned(): Promise<number> {
  const rows = await context.server.database.selectFrom('oanda_accounts').select('owner_epoch').execute();
  return rows.filter((row) => row.owner_epoch % 2 === 1).length;
}

function running(): number {
  return [...context.server.supervisor.running].length;
}

it('starts sixteen accounts at once, and in the end all of them', async () => {
  const { server } = context;
  const { begun, started, answer } = await startMany(() => server.supervisor.start());
  // Another one reads its log and its state before it begins: these take their turns between such statements.
  for (let turn = 0; turn < 50; turn += 1) await server.orm.em.getConnection().execute('select 1');
  const begunAtOnce = begun.accounts;
  answer();
  await started;

  expect(begunAtOnce).toBe(STARTED_AT_ONCE);
  expect(running()).toBe(ACCOUNTS);
});

it('releases those whose turn has not come when the server stops', async () => {
  const { supervisor } = context.server;
  const { begun, started, answer } = await startMany((added) =>
    Promise.all(added.map((account) => supervisor.adopt(account))),
  );

  const stopped = supervisor.stop();
  answer();
  await Promise.all([started, stopped]);

  expect(begun.accounts).toBe(STARTED_AT_ONCE);
  expect([running(), await owned()]).toEqual([0, 0]);
});
