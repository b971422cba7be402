/** Any release can be reached from any other, by one start; where something prevents it, one message says one thing to do. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { fileOf } from '../../../src/migrator/run/state/entry-name.ts';
import { copyDatabase, createEmptyDatabase } from '../../support/database.ts';
import { makeReleases, TAIL } from './made-releases.ts';
import { commandIn, manage, start } from './start.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { Release, Releases } from './made-releases.ts';

const releases: Releases = await makeReleases();
const { all, get } = releases;
const last = get('old_goes');
const wordsOf = ({ head }: Release): string => head.replace(/^Migration\d+_/, '');
const isMade = ({ head }: Release): boolean => head >= TAIL.parcels;
const real = all.filter((release) => !isMade(release));
const made = all.filter(isMade);
/**
 * Of the real releases, those to jump from. The statements of a jump are those of the chain below, in the same order: only where starts
 * divide them differs, and the chain divides them everywhere. So a few jumps show what many migrations in one start do: all of them, those
 * from where copies of the server are not seen yet and from where they are, half of them, and none but made-up ones.
 */
const jumpedFrom = [
  real[0],
  all[all.indexOf(get('operations')) - 1],
  get('operations'),
  real[Math.floor((real.length + 1) / 2)],
  real.at(-1),
].filter((release) => release !== undefined);
/** The releases to upgrade from, and those among them whose copies are seen and that the contract would break. */
const earlier = [...jumpedFrom, ...made.filter((release) => release !== last)];
const beforeContract = [
  get('operations'),
  ...earlier.slice(
    earlier.findLastIndex((release) => !isMade(release)),
    earlier.indexOf(get('note_goes')),
  ),
];

/** Those started once more after the one before it. Of the real ones a few show that a start that applies nothing leaves nothing behind. */
const startsOnceMore = (release: Release): boolean => earlier.includes(release) || isMade(release);

/** A database of each of them, by its head: as it is after that release has run and people have used it. */
const states = new Map<string, TestDatabase>();
/** What starts said on the one database that all releases went over, one after the other: the next, the one before again, and the next again where {@link startsOnceMore}. */
const turns = new Map<string, readonly Awaited<ReturnType<typeof start>>[]>();
let database: TestDatabase;
let connection: PlainConnection;

beforeAll(async () => {
  const chain = await createEmptyDatabase();
  for (const [index, release] of all.entries()) {
    const before = all[index - 1];
    const outcomes = [await start(release, chain.url)];
    if (before !== undefined) outcomes.push(await start(before, chain.url));
    if (before !== undefined && startsOnceMore(release)) outcomes.push(await start(release, chain.url));
    turns.set(release.head, outcomes);
    if (release === get('parcels')) await addParcel(chain.url);
    if (earlier.includes(release)) states.set(release.head, await copyDatabase(chain));
  }
  await chain.drop();
});

afterAll(async () => {
  for (const state of states.values()) await state.drop();
  await releases[Symbol.asyncDispose]();
});

async function addParcel(url: string): Promise<void> {
  const user = openPlainConnection(url);
  await user.query(`insert into parcels (id, note) values (1, 'fragile')`);
  await user.close();
}

/** Puts a test into a database of that release. */
async function comeFrom(release: Release): Promise<void> {
  const state = states.get(release.head);
  if (state === undefined) throw new Error(`${release.head} has no state.`);
  workIn(await copyDatabase(state));
}

/** Puts a test into this database, which goes with it. */
function workIn(on: TestDatabase): void {
  database = on;
  connection = openPlainConnection(database.url);
  onTestFinished(async () => {
    await connection.close();
    await database.drop();
  });
}

async function columns(): Promise<string[]> {
  const rows = await connection.query(
    `select format('%s.%s %s', relname, attname, format_type(atttypid, null)) as "column"
       from pg_class join pg_attribute on attrelid = pg_class.oid
      where relname in ('parcels', 'labels') and attnum > 0 and not attisdropped order by 1`,
  );
  return rows.map(({ column }) => String(column));
}

const remarks = async () =>
  (await connection.query('select remark from parcels where id = 1')).map(({ remark }) => remark);

/** What the last release serves with. */
const WHOLE = [
  'labels.colour text',
  'labels.id integer',
  'labels.size integer',
  'parcels.id integer',
  'parcels.note integer',
  'parcels.remark text',
];

async function expectWhole(): Promise<void> {
  const found = await columns();
  expect(found.filter((column) => column !== 'parcels.old text')).toEqual(WHOLE);
  expect(await start(last, database.url)).toEqual([]);
}

const beginToLive = (release: Release) =>
  connection.query(
    `insert into app_instances (id, version, migrations_head, host, pid)
     values (gen_random_uuid(), '${release.version}', '${release.head}', 'old-copy', 7)`,
  );
const stopCopies = () => connection.query('update app_instances set stopped_at = now()');

function failureOf(outcome: Awaited<ReturnType<typeof start>>): MigratorFailure {
  if (outcome instanceof MigratorFailure) return outcome;
  throw new Error(`It started, and applied ${outcome.join(', ')}.`);
}

describe.each(['manual', 'auto'] as const)(
  'with CONTRACT=%s, one start reaches the last release',
  (contracts) => {
    // What labels has begun, its squash cannot end: see below.
    it.each(
      earlier.filter((release) => release !== get('labels')).map((release) => [wordsOf(release), release]),
    )('from %s', async (_words, release) => {
      await comeFrom(release);
      const hadParcel = release.head >= TAIL.parcels;

      expect(await start(last, database.url, contracts)).not.toBeInstanceOf(MigratorFailure);

      await expectWhole();
      expect(await remarks()).toEqual(hadParcel ? ['fragile'] : []);
      expect((await columns()).includes('parcels.old text')).toBe(contracts === 'manual');
    });

    it.each(beforeContract.map((release) => [wordsOf(release), release]))(
      'from %s, once the copy is gone that still uses what a contract removes',
      async (_words, release) => {
        await comeFrom(release);
        await beginToLive(release);

        const { type, message } = failureOf(await start(last, database.url, contracts));

        expect({ type, message }).toEqual({
          type: 'contract-refused',
          message: expect.stringMatching(
            new RegExp(
              `needs ${TAIL.note_again}, .*contract ${TAIL.note_goes}, .*server at old-copy.*Stop those copies`,
            ),
          ),
        });
        expect(await columns(), 'the old copy continues').toContain('parcels.note text');
        expect(await start(release, database.url), 'and may be started again').toEqual([]);
        expect(failureOf(await start(last, database.url, contracts)).message).toMatch(/Nothing was done/);

        await stopCopies();
        expect(await manage(last, database.url, commandIn(message))).toMatchObject({ code: 0 });
        await expectWhole();
      },
    );
  },
);

describe('a contract that was run by hand', () => {
  it('does its backfill where no server runs that would, and the next release continues', async () => {
    await comeFrom(get('note_goes'));

    expect(await manage(get('note_goes'), database.url, `db migrate --contract --yes`)).toMatchObject({
      code: 0,
    });

    expect(await remarks()).toEqual(['fragile']);
    expect(await start(last, database.url)).not.toBeInstanceOf(MigratorFailure);
    await expectWhole();
  });
});

describe('the release before', () => {
  it.each(real.map((release) => [wordsOf(release), release]))(
    'has left to %s what that brings, and nothing else',
    (_words, release) => {
      const [first] = turns.get(release.head) ?? [];

      expect(first).toSatisfy(
        (names: readonly string[]) =>
          names.length > 0 && names.every((name) => fileOf(name) === release.head),
      );
    },
  );

  it.each(all.slice(1).map((next) => [wordsOf(next), next]))(
    'starts again after %s has started, and that then continues where it was',
    (_words, next) => {
      const [first, before, again] = turns.get(next.head) ?? [];

      expect(first).not.toBeInstanceOf(MigratorFailure);
      expect(before).toEqual([]);
      expect(again).toEqual(startsOnceMore(next) ? [] : undefined);
    },
  );

  it('starts again after a squash on a new database, and after the release that has its originals no more', async () => {
    workIn(await createEmptyDatabase());
    await start(get('squash'), database.url);

    expect(await start(get('colours'), database.url)).toEqual([]);
    await start(last, database.url);
    expect(await start(get('colours'), database.url)).toEqual([]);

    expect(await manage(last, database.url, `db migrate --prune --yes`)).toMatchObject({ code: 0 });
    expect(failureOf(await start(get('colours'), database.url)).type).toBe('database-ahead');
    await expectWhole();
  });

  it('does not start when what it uses was removed, and says what does', async () => {
    await comeFrom(get('rows'));
    await start(get('note_again'), database.url);

    const { type, message } = failureOf(await start(get('rows'), database.url));

    expect({ type, message }).toEqual({
      type: 'database-ahead',
      message: expect.stringMatching(
        new RegExp(`${TAIL.note_goes} .*Start ${get('note_again').version} or newer`),
      ),
    });
    expect(await start(get('note_again'), database.url)).toEqual([]);
  });
});

describe('a start that cannot continue ends with one message, whose command works when the cause is fixed', () => {
  const causes = [
    {
      what: 'a migration that fails in the middle',
      break: 'create table labels (id int)',
      type: 'migration-failed',
      message: new RegExp(`${TAIL.squash}.*42P07`),
      fix: 'drop table labels',
      has: 'parcels.note integer',
    },
    {
      what: 'a backfill that fails',
      break: `alter table parcels add constraint sturdy check (remark <> 'fragile')`,
      type: 'contract-refused',
      message: /backfill parcels\.remark is failed .*sturdy/,
      fix: 'alter table parcels drop constraint sturdy',
      has: 'parcels.note text',
    },
    {
      what: 'a backfill that a person has paused',
      break: `update backfill_jobs set state = 'paused' where name = 'parcels.remark'`,
      type: 'contract-refused',
      message: /backfill parcels\.remark is paused/,
      fix: 'select 1',
      has: 'parcels.note text',
    },
  ];
  it.each(causes)('after $what', async (cause) => {
    await comeFrom(get('rows'));
    await connection.query(cause.break);

    const { type, message } = failureOf(await start(get('squash'), database.url));

    expect({ type, message }).toEqual({ type: cause.type, message: expect.stringMatching(cause.message) });
    expect(await columns(), 'what came before it stays').toContain(cause.has);
    expect(failureOf(await start(get('squash'), database.url)).message, 'and says so again').toMatch(
      cause.message,
    );

    await connection.query(cause.fix);
    expect(await manage(get('squash'), database.url, commandIn(message))).toMatchObject({ code: 0 });
    expect(await start(last, database.url)).not.toBeInstanceOf(MigratorFailure);
    await expectWhole();
    expect(await remarks()).toEqual(['fragile']);
  });

  it('where a squash was begun by its originals, which are gone: the release that has them comes first', async () => {
    await comeFrom(get('labels'));

    const { type, message } = failureOf(await start(last, database.url));

    expect({ type, message }).toEqual({
      type: 'migration-failed',
      message: expect.stringMatching(
        /_colours not, and their files are gone.*last version that still has them/,
      ),
    });
    expect(await start(get('squash'), database.url)).not.toBeInstanceOf(MigratorFailure);
    expect(await start(last, database.url)).not.toBeInstanceOf(MigratorFailure);
    await expectWhole();
  });
});
