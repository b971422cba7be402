import { expect, it } from 'vitest';
import { DatabaseWatch } from './database-watch.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const busy = new Error('timeout exceeded when trying to connect');

it('takes notice of failures for want of the database once it watches, and says so once', async () => {
  const said: [object, string][] = [];
  const note = (fields: object, message: string) => void said.push([fields, message]);
  // Nothing listens on port 9.
  const watch = new DatabaseWatch({
    databaseUrl: 'postgres://none@127.0.0.1:9/nothing',
    log: { info: note, warn: note, error: note },
  });
  expect(watch.notice(refused)).toBe(false);

  watch.start();
  expect(watch.notice(new Error('a bug'))).toBe(false);
  expect(watch.notice(busy)).toBe(false);
  expect([watch.isAway, said]).toEqual([false, []]);

  const wrapped = new Error('insert failed', { cause: refused });
  expect(watch.notice(wrapped)).toBe(true);
  expect(watch.notice(refused)).toBe(true);
  await expect.poll(() => watch.isAway).toBe(true);
  // While the database is away, places in the pool are waited for in vain, too.
  expect(watch.notice(busy)).toBe(true);
  expect(watch.isAway).toBe(true);
  await watch.stop();
  expect(said).toEqual([
    [{ reason: 'connect ECONNREFUSED' }, 'the database does not answer; nothing is traded until it does'],
  ]);
});
