/** Jobs of several copies of the server on one database: each turn once, whatever becomes of the copies. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { JobStore, LEASE_MS } from '../../src/jobs/job-store.ts';
import { DAY_MS, daily, HOUR_MS, hourly, turnAfter } from '../../src/jobs/schedule.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import { quiet } from '../support/quiet-log.ts';
import type { ScheduledJob } from '../../src/jobs/scheduled-job.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';

/** A turn of both schedules that tests use. */
const START = Date.UTC(2026, 2, 2, 12, 7);
const MINUTE_MS = 60_000;

let database: TestDatabase;
let orm: Orm;
let store: JobStore;
/** The time that all copies see. */
let now: number;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  store = new JobStore(orm);
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});
beforeEach(async () => {
  now = START;
  await queryBuilder(orm).deleteFrom('scheduled_jobs').execute();
});

interface Copy {
  readonly runner: JobRunner;
  readonly lines: string[];
  readonly failed: string[];
  readonly recovered: number[];
}

/** A copy of the server with these jobs, that a test lets look. */
function copyOf(name: string, jobs: readonly ScheduledJob[], mayAct = () => true): Copy {
  const [lines, failed, recovered]: [string[], string[], number[]] = [[], [], []];
  const say = (_: object, message: string) => void lines.push(message);
  const runner = new JobRunner({
    store,
    jobs,
    copy: name,
    log: { info: say, warn: say },
    mayAct,
    onFailed: async (_, error) => void failed.push(error),
    onRecovered: async (_, failures) => void recovered.push(failures),
    clock: async () => now,
  });
  return { runner, lines, failed, recovered };
}

const job = (work: ScheduledJob['work'], rest: Partial<ScheduledJob> = {}): ScheduledJob => ({
  name: 'sweep',
  does: 'Sweeps.',
  schedule: hourly(7),
  missed: 'catch-up',
  work,
  ...rest,
});

async function turn({ runner }: Copy): Promise<void> {
  await runner.look();
  await runner.settled();
}

async function stored() {
  const [found] = await store.list(now);
  if (!found) throw new Error('There is no job.');
  return found;
}

describe('two copies', () => {
  it('make twenty turns, each once', async () => {
    const turns: number[] = [];
    const work = async (): Promise<string> => {
      turns.push(now);
      return 'Swept.';
    };
    const copies = [copyOf('a', [job(work)]), copyOf('b', [job(work)])];

    for (let hour = 0; hour < 20; hour += 1) {
      now = START + hour * HOUR_MS;
      await Promise.all([...copies, ...copies].map(({ runner }) => runner.look()));
      await Promise.all(copies.map(turn));
    }

    expect(turns).toEqual(Array.from({ length: 20 }, (_, hour) => START + hour * HOUR_MS));
    expect(await stored()).toMatchObject({ state: 'done', turnAt: now, dueAt: now + HOUR_MS, failures: 0 });
  });

  it('leave a job to the one that runs it, for as long as it lives', async () => {
    const gate = Promise.withResolvers<string>();
    const begun: string[] = [];
    const workOf = (name: string) => async () => (begun.push(name), gate.promise);
    const [first, second] = [copyOf('a', [job(workOf('a'))]), copyOf('b', [job(workOf('b'))])];
    await first.runner.look();
    for (let half = 0; half < 6; half += 1) {
      now += LEASE_MS / 2;
      await first.runner.look();
      await second.runner.look();
    }

    expect(begun).toEqual(['a']);
    expect(await stored()).toMatchObject({ state: 'running', copy: 'a', finishedAt: undefined });
    expect(await store.request('sweep', now)).toBe(false);
    gate.resolve('Swept.');
    await first.runner.settled();
    expect(await stored()).toMatchObject({
      state: 'done',
      result: 'Swept.',
      startedAt: START,
      finishedAt: now,
    });
  });

  it('take over from one that is not heard any more; its end is not recorded, and it is asked to stop', async () => {
    const gate = Promise.withResolvers<string>();
    const signals: AbortSignal[] = [];
    const first = copyOf('a', [job((signal) => (signals.push(signal), gate.promise))]);
    const second = copyOf('b', [job(async () => 'Swept by b.')]);
    await first.runner.look();

    now += LEASE_MS - 1;
    await turn(second);
    expect(await stored()).toMatchObject({ state: 'running', copy: 'a' });
    now += 1;
    expect(await stored()).toMatchObject({ state: 'interrupted' });
    await turn(second);
    await first.runner.look();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    gate.resolve('Swept by a.');
    await first.runner.settled();

    expect(await stored()).toMatchObject({
      state: 'done',
      copy: 'b',
      result: 'Swept by b.',
      dueAt: START + HOUR_MS,
    });
  });

  it('make no turn where they may not act', async () => {
    let isEntered = false;
    const copy = copyOf('a', [job(async () => 'Swept.')], () => isEntered);

    await turn(copy);
    expect(await store.list(now)).toEqual([]);
    isEntered = true;
    await turn(copy);
    expect(await stored()).toMatchObject({ state: 'done' });
  });
});

describe('a turn that was missed', () => {
  const begun: number[] = [];
  const work = async (): Promise<string> => `Run ${begun.push(now)}.`;
  beforeEach(() => void begun.splice(0));

  it('is caught up once, however many there were', async () => {
    const copy = copyOf('a', [job(work)]);
    await turn(copy);

    now = START + 5 * HOUR_MS + 20 * MINUTE_MS;
    await turn(copy);
    await turn(copy);

    expect(begun).toEqual([START, now]);
    expect(await stored()).toMatchObject({ turnAt: START + 5 * HOUR_MS, dueAt: START + 6 * HOUR_MS });
  });

  it('is skipped where the job says so, but not for being a little late', async () => {
    const copy = copyOf('a', [job(work, { missed: 'skip' })]);
    await turn(copy);
    expect(await stored()).toMatchObject({ state: 'waiting', dueAt: START + HOUR_MS });

    now = START + HOUR_MS + 4 * MINUTE_MS;
    await turn(copy);
    now = START + 3 * HOUR_MS + 20 * MINUTE_MS;
    await turn(copy);
    expect(await stored()).toMatchObject({ state: 'skipped', dueAt: START + 4 * HOUR_MS });
    now = START + 4 * HOUR_MS;
    await turn(copy);

    expect(begun).toEqual([START + HOUR_MS + 4 * MINUTE_MS, now]);
  });

  it.each([
    { missed: 'catch-up', runs: 2, state: 'done' },
    { missed: 'skip', runs: 1, state: 'skipped' },
  ] as const)('because its copy died is treated alike: $missed', async ({ missed, runs, state }) => {
    const never = new Promise<string>(() => undefined);
    const dead = copyOf('a', [job(() => (begun.push(now), never), { missed })]);
    await dead.runner.look();
    await store.request('sweep', now);
    await dead.runner.look();

    now += LEASE_MS;
    await turn(copyOf('b', [job(work, { missed })]));

    expect(begun).toHaveLength(runs);
    expect(await stored()).toMatchObject({ state });
  });
});

describe('a job that fails', () => {
  it('is tried again later and later, until its next turn; it is reported when it begins to fail and when it works again', async () => {
    let fails = true;
    const copy = copyOf('a', [
      job(async () => {
        if (fails) throw new Error('the disk is full');
        return 'Swept.';
      }),
    ]);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await turn(copy);
      const { dueAt } = await stored();
      waits.push((dueAt - now) / MINUTE_MS);
      now = dueAt;
    }

    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 29]);
    expect(await stored()).toMatchObject({ state: 'failed', error: 'the disk is full', failures: 8 });
    expect(copy.failed).toEqual(['the disk is full']);
    fails = false;
    await turn(copy);
    expect(await stored()).toMatchObject({ state: 'done', error: undefined, failures: 0, succeededAt: now });
    expect(copy.recovered).toEqual([8]);
    expect(copy.lines).toEqual([
      'a scheduled job failed; it is tried again',
      'a scheduled job that failed is done',
    ]);
  });

  it('keeps no other from its turn', async () => {
    const copy = copyOf('a', [
      job(() => Promise.reject(new Error('broken'))),
      job(async () => 'Fed.', { name: 'feed' }),
    ]);

    await turn(copy);

    expect((await store.list(now)).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'feed done',
      'sweep failed',
    ]);
  });
});

describe('a copy that stops', () => {
  it('lets its jobs end early; another copy makes the turn at once, and nothing failed', async () => {
    const copy = copyOf('a', [
      job(
        (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    ]);
    await copy.runner.look();

    now += 1_000;
    await copy.runner.stop();
    expect(await stored()).toMatchObject({ state: 'interrupted', dueAt: now, failures: 0 });
    await turn(copyOf('b', [job(async () => 'Swept.')]));

    expect(await stored()).toMatchObject({ state: 'done', copy: 'b', dueAt: START + HOUR_MS });
    expect(copy.failed).toEqual([]);
  });
});

describe('a job that is asked for', () => {
  it('runs once more, and its turns stay as they were', async () => {
    const runs: number[] = [];
    const copy = copyOf('a', [job(async () => `Run ${runs.push(now)}.`, { missed: 'skip' })]);
    await copy.runner.look();

    now += 10 * MINUTE_MS;
    expect(await store.request('sweep', now)).toBe(true);
    now += 10 * MINUTE_MS;
    await turn(copy);

    expect(runs).toEqual([now]);
    expect(await stored()).toMatchObject({ state: 'done', dueAt: START + HOUR_MS });
    expect(await store.request('no-such-job', now)).toBe(false);
  });
});

describe('a job whose schedule changed', () => {
  it('is due at its next turn by the new one', async () => {
    await turn(copyOf('a', [job(async () => 'Swept.', { schedule: daily('03:00') })]));
    expect((await stored()).dueAt).toBe(turnAfter(daily('03:00'), START));

    await turn(copyOf('a', [job(async () => 'Swept.', { schedule: daily('12:10') })]));

    expect(await stored()).toMatchObject({ state: 'done', dueAt: START + 3 * MINUTE_MS });
    expect((await stored()).dueAt - START).toBeLessThan(DAY_MS);
  });
});
