/** A process with many paper accounts starts some of them at once: each is a number of statements, and connections are few. */

import { randomUUIDv7 } from 'node:crypto';
import { expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const context = useServer();

const ACCOUNTS = 20;
const STARTED_AT_ONCE = 16;

it('starts sixteen accounts at once, and in the end all of them', async () => {
  const { server } = context;
  const { id: userId } = await server.addUser();
  for (let made = 0; made < ACCOUNTS; made += 1) {
    await server.stores.accounts.create({
      id: randomUUIDv7(),
      userId,
      name: `Paper ${made}`,
      currency: 'USD',
      hedging: false,
      initialBalance: 1_000_000_000,
      limits: {},
    });
  }
  const mayAnswer = Promise.withResolvers<void>();
  let begun = 0;
  server.wire.through = (paper) => {
    begun += 1;
    const snapshot = paper.snapshot.bind(paper);
    paper.snapshot = () => mayAnswer.promise.then(snapshot);
    return paper;
  };

  const started = server.supervisor.start();
  await until('all are ours', async () => {
    const rows = await server.database.selectFrom('oanda_accounts').select('owner_epoch').execute();
    return rows.every((row) => row.owner_epoch % 2 === 1);
  });
  await until('as many begin as may', () => begun >= STARTED_AT_ONCE);
  // Another one reads its log and its state before it begins: these take their turns between such statements.
  for (let turn = 0; turn < 50; turn += 1) await server.orm.em.getConnection().execute('select 1');
  const begunAtOnce = begun;
  mayAnswer.resolve();
  await started;

  expect(begunAtOnce).toBe(STARTED_AT_ONCE);
  expect([...server.supervisor.running]).toHaveLength(ACCOUNTS);
});
