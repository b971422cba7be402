/** What nothing catches, in a process of its own: it would end the tests too. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';

const source = (name: string): string => JSON.stringify(import.meta.resolve(`../../src/server/${name}.ts`));

it.each([
  ['an exception', `setImmediate(() => { throw new Error('unforeseen') })`, 'uncaughtException'],
  ['a rejection', `void Promise.reject(new Error('unforeseen'))`, 'unhandledRejection'],
])('%s is a line of the log before the process ends', (_what, failure, origin) => {
  const program = `
    import { createLog } from ${source('log')};
    import { logLastFailure } from ${source('last-failure')};
    logLastFailure(createLog({ level: 'info' }));
    setInterval(() => undefined, 1_000);
    ${failure};`;

  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT },
    encoding: 'utf8',
  });

  expect(ended.status).toBe(1);
  expect(JSON.parse(ended.stdout.trim())).toMatchObject({
    level: 60,
    msg: 'a failure that nothing caught ends the server',
    origin,
    err: { message: 'unforeseen', stack: expect.stringContaining('unforeseen') },
  });
});
