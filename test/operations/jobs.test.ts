/** The scheduled jobs as administrators and operators see them, and what each removes. */

import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { JOB_NAMES, jobCatalogue } from '../../src/operations/jobs/job-catalogue.ts';
import { jobsCommand } from '../../src/operations/jobs/jobs-command.ts';
import { removeExpired } from '../../src/operations/jobs/remove-expired.ts';
import { NOON, useServer } from '../support/test-server.ts';

const context = useServer();
const DAY_MS = 86_400_000;

let admin: Awaited<ReturnType<typeof context.server.addUser>>;
beforeEach(async () => {
  admin = await context.server.addUser('admin');
  await context.server.database.deleteFrom('scheduled_jobs').execute();
});

const ask = (method: 'GET' | 'POST', path: string, headers = admin.headers) =>
  context.server.app.inject({ method, url: `/api/v1/admin${path}`, headers });

/** What this server runs is done once. */
async function runAll(): Promise<void> {
  await context.server.jobRunner.look();
  await context.server.jobRunner.settled();
}

async function manageJobs(argv: readonly string[], backupAt?: string) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: () => Promise.resolve() });
  const code = await runCommand(io, () => jobsCommand(() => ({ backupAt })).run(argv, io, open));
  return { code, ...written };
}

describe('GET /admin/jobs', () => {
  it('lists each job with its schedule before any copy has looked at it', async () => {
    const { items } = (await ask('GET', '/jobs')).json();

    expect(items.map(({ name }: { name: string }) => name)).toEqual(
      JOB_NAMES.filter((name) => name !== 'backup'),
    );
    expect(items[0]).toMatchObject({
      name: 'clean-up',
      schedule: 'each hour at :07',
      missed: 'catch-up',
      state: 'waiting',
      nextRunAt: null,
      failures: 0,
    });
  });

  it('says what the newest run did, for whom it failed, and when the next one is', async () => {
    const { database, stores } = context.server;
    await database.deleteFrom('blocked_ips').execute();
    await database
      .insertInto('blocked_ips')
      .values({
        id: '0198f000-0000-7000-8000-000000000001',
        ip_address: '192.0.2.9',
        reason: 'failed sign-ins',
        failed_attempts: 30,
        blocked_at: new Date(NOON - 40 * DAY_MS),
        blocked_until: new Date(NOON - 39 * DAY_MS),
      })
      .execute();
    await stores.journal.append({ category: 'system', type: 'old', severity: 'info', description: '' });
    await database
      .updateTable('events')
      .set({ occurred_at: new Date(NOON - 400 * DAY_MS) })
      .where('type', '=', 'old')
      .execute();

    await runAll();
    const { items } = (await ask('GET', '/jobs')).json();

    const of = (name: string) => items.find((job: { name: string }) => job.name === name);
    expect(of('clean-up')).toMatchObject({ state: 'done', result: 'Removed 1 blocks.', error: null });
    expect(of('journal-retention')).toMatchObject({ state: 'done', result: 'Removed 1 entries.' });
    expect(of('equity-retention')).toMatchObject({ state: 'done', result: 'Removed 0 minutes.' });
    expect(of('quote-retention')).toMatchObject({ state: 'waiting' });
    expect(of('clean-up').nextRunAt).toMatch(/:07:00\.000Z$/);
    expect(of('clean-up').copy).toMatch(/ process \d+$/);
  });
});

describe('POST /admin/jobs/{job}/run', () => {
  it('is refused for what is not there, and before any copy of the server had it', async () => {
    expect((await ask('POST', '/jobs/backup/run')).json()).toMatchObject({ status: 404, code: 'not-found' });
    expect((await ask('POST', '/jobs/clean-up/run')).json()).toMatchObject({
      status: 409,
      code: 'job-not-started',
    });
  });

  it('lets a copy run it soon, once, and is in the journal', async () => {
    await runAll();
    const before = (await ask('GET', '/jobs')).json().items.at(-1);

    const asked = await ask('POST', '/jobs/quote-retention/run');
    await ask('POST', '/jobs/quote-retention/run');
    await runAll();
    const after = (await ask('GET', '/jobs')).json().items.at(-1);

    expect(asked.statusCode).toBe(202);
    expect(asked.json()).toMatchObject({ name: 'quote-retention', state: 'waiting' });
    expect(after).toMatchObject({ state: 'done', result: 'Removed 0 quotes.', nextRunAt: before.nextRunAt });
    const entries = await context.server.database
      .selectFrom('events')
      .select(['category', 'user_id', 'details'])
      .where('type', '=', 'job-requested')
      .orderBy('sequence')
      .execute();
    expect(entries.at(-1)).toEqual({
      category: 'admin',
      user_id: admin.id,
      details: { job: 'quote-retention' },
    });
  });

  it('is refused while it runs', async () => {
    await runAll();
    await context.server.database
      .updateTable('scheduled_jobs')
      .set({ claim_id: '0198f000-0000-7000-8000-000000000002', leased_until: new Date(Date.now() + DAY_MS) })
      .where('name', '=', 'clean-up')
      .execute();

    const answer = await ask('POST', '/jobs/clean-up/run');

    expect(answer.json()).toMatchObject({ status: 409, code: 'job-running' });
    expect((await ask('GET', '/jobs')).json().items[0]).toMatchObject({ state: 'running' });
  });

  it('is for administrators', async () => {
    const { headers } = await context.server.addUser();

    for (const [method, path] of [
      ['GET', '/jobs'],
      ['POST', '/jobs/clean-up/run'],
    ] as const)
      expect((await ask(method, path, headers)).json()).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe('a job that fails', () => {
  it('is reported to administrators once, does all the rest, and is reported again when it works', async () => {
    const { server } = context;
    const execute = (sql: string) => server.orm.em.fork().execute(sql);
    await server.notifier.catchUp();
    await execute('alter table user_tokens rename to user_tokens_away');
    try {
      await runAll();
      expect((await ask('POST', '/jobs/clean-up/run')).statusCode).toBe(202);
      await runAll();
    } finally {
      await execute('alter table user_tokens_away rename to user_tokens');
    }
    const failed = (await ask('GET', '/jobs')).json().items[0];
    await ask('POST', '/jobs/clean-up/run');
    await runAll();
    await server.notifier.catchUp();

    expect(failed).toMatchObject({ state: 'failed', failures: 2, succeededAt: null });
    expect(failed.error).toMatch(/^Not removed: links in e-mails: .*user_tokens/);
    expect((await ask('GET', '/jobs')).json().items[0]).toMatchObject({
      state: 'done',
      failures: 0,
      error: null,
    });
    const notified = await server.app.inject({ url: '/api/v1/notifications', headers: admin.headers });
    const types = notified.json().items.map(({ type }: { type: string }) => type);
    // Notifications of one millisecond have no order.
    expect(types.filter((type: string) => type.startsWith('job-')).toSorted()).toEqual([
      'job-failed',
      'job-recovered',
    ]);
  });
});

describe('manage jobs', () => {
  it('lists them, for people and for machines', async () => {
    await runAll();

    const people = await manageJobs([], '03:00');
    const machines = await manageJobs(['--json'], '03:00');

    expect(people).toMatchObject({ code: 0, err: '' });
    expect(people.out).toMatch(
      /^backup +each day at 03:00 UTC, a missed turn is caught up; no copy of the server/m,
    );
    expect(people.out).toMatch(
      /^clean-up +each hour at :07, .*; next .* done in 0 s by .+: Nothing had expired\.$/m,
    );
    expect(people.out).toMatch(/^quote-retention .*a missed turn is skipped; next .*; no run yet$/m);
    expect(JSON.parse(machines.out).items).toHaveLength(JOB_NAMES.length);
  });

  it('runs one through a copy that runs, and says how it ended', async () => {
    await runAll();
    const asked = manageJobs(['run', 'clean-up']);
    const ending = new AbortController();
    const copy = (async () => {
      while (!ending.signal.aborted) await runAll();
    })();
    const { code, out, err } = await asked;
    ending.abort();
    await copy;

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(': Nothing had expired.');
  });

  it.each([
    [['run'], 'Say which job to run'],
    [['stop', 'clean-up'], 'Say which job to run'],
    [['run', 'no-such-job'], 'There is no job "no-such-job" here'],
  ])('refuses %j in one line', async (argv, said) => {
    const { code, err } = await manageJobs(argv);

    expect(code).not.toBe(0);
    expect(err).toContain(said);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('the clean-up', () => {
  it('goes through all, names what could not be removed, and ends when it is asked to', async () => {
    const counts = { a: { removeExpired: async () => 2 }, b: { removeExpired: async () => 0 } };
    const broken = { removeExpired: () => Promise.reject(new Error('no such table')) };
    const { signal } = new AbortController();

    expect(await removeExpired(counts, signal)).toBe('Removed 2 a.');
    await expect(removeExpired({ broken, ...counts }, signal)).rejects.toThrow(
      'Not removed: broken: no such table',
    );
    await expect(removeExpired(counts, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

it('each job says what it does in a sentence', () => {
  for (const { does } of jobCatalogue({ backupAt: '03:00' })) expect(does).toMatch(/^[A-Z].*\.$/);
});
