/** The developer's commands, on folders of their own or, where they only read, on the server's migrations. */
import { defineEntity, p } from '@mikro-orm/core';
import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/migrator/commands/check.ts';
import { makeCommand } from '../../../src/migrator/commands/make.ts';
import { sqlCommand } from '../../../src/migrator/commands/sql.ts';
import { squashCommand } from '../../../src/migrator/commands/squash.ts';
import { commandContext } from '../../support/command-context.ts';
import { instant, wholeNumber } from '../../../src/entities/columns.ts';
import { entities } from '../../../src/entities/index.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makePlayground } from './playground.ts';
import { manage } from '../commands/run-operator-command.ts';
import type { DatabaseCommand } from '../../../src/migrator/commands/database-command.ts';
import type { Playground, Records } from './playground.ts';

/** Some of the server's records, so that comparing takes no time: those that the migrator itself works with. */
const everything = [...entities].filter(({ meta }) =>
  ['app_instances', 'backfill_jobs', 'database_backups'].includes(meta.tableName),
) as unknown as Records;
/** The same before there were backups. */
const withoutBackups = everything.filter(({ meta }) => meta.tableName !== 'database_backups');

/** The table of backups with a column under another name. */
const formerBackups = defineEntity({
  name: 'FormerBackup',
  tableName: 'database_backups',
  checks: [{ name: 'database_backups_size_bytes_check', expression: 'size_bytes > 0' }],
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    madeAt: instant().defaultRaw('now()').index(),
    place: p.text(),
    sizeBytes: wholeNumber(),
    sha256: p.string().length(64),
    migrationsHead: p.string().length(255).nullable(),
    verifiedAt: instant().nullable(),
  },
}) as unknown as Records[number];

let playground: Playground;

beforeEach(async () => {
  playground = await makePlayground();
});

afterEach(() => playground[Symbol.asyncDispose]());

/** Runs a command on the folder and returns what it said. */
async function run(
  command: DatabaseCommand,
  words: readonly string[],
  {
    databaseUrl = '',
    answer,
    settings = {},
  }: { databaseUrl?: string; answer?: string; settings?: Record<string, string> } = {},
): Promise<string> {
  let said = '';
  const output = { write: (text: string) => (said += text) };
  const stdin = Object.assign(Readable.from([`${answer}\n`]), { isTTY: true });
  const io = { stdout: output, stderr: output, ...(answer !== undefined && { stdin }) };
  const context = commandContext({
    environment: settings,
    databaseUrl: async () => databaseUrl,
    folder: playground.folder,
    entities: everything,
  });
  await command.run(words, io, context);
  return said;
}

describe('db make', () => {
  it('says what it wrote and what to do next', async () => {
    await playground.make(withoutBackups, 'first');

    const said = await run(makeCommand, ['--name', 'add_backups']);

    expect(said).toMatch(/^Wrote a migration:\n {2}Migration\d{14}_add_backups {2}expand/);
    expect(said).toMatch(
      /Read it\. After an edit, "npm run db -- check" signs it again\. Then:\n {2}npm run db -- migrate +applies it\n$/,
    );
    expect(await playground.names()).toEqual(['first', 'add_backups']);
    expect(await run(makeCommand, [])).toBe('No changes: the migrations make what the entities say.\n');
  });

  it('names what it writes by what has changed, when it is given no name', async () => {
    await playground.make(withoutBackups, 'first');

    await run(makeCommand, []);

    expect(await playground.names()).toEqual(['first', 'add_database_backups']);
  });

  it.each([
    { words: ['--empty', '--phase', 'data', '--name', 'correct_rows'], applies: 'migrate' },
    { words: ['--empty', '--phase', 'contract', '--name', 'take_away'], applies: 'migrate --contract' },
  ])('says of an empty one what comes next, which works: $words', async ({ words, applies }) => {
    await playground.make(everything, 'first');

    const said = await run(makeCommand, words);
    expect(said).toMatch(
      new RegExp(
        `Write in it what it does\\. Then:\\n +npm run db -- check .*\\n +npm run db -- ${applies} `,
      ),
    );
    const [, name = ''] = await playground.files();
    const path = join(playground.folder, `${name}.ts`);
    const source = await readFile(path, 'utf8');
    await writeFile(path, source.replace('up(): void {', 'up(): void {\n    this.addSql(`select 1`);'));

    expect(await run(checkCommand, [])).toContain(`Signed ${name}`);
  });

  it('takes an app and --empty from hands that know Django', async () => {
    await playground.make(everything, 'first');

    expect(await run(makeCommand, ['trading', '--empty'])).toMatch(
      /^There are no apps here: "trading" is ign/,
    );

    expect(await playground.names()).toEqual(['first', 'custom']);
  });

  it('shows the files in a dry run, and writes nothing in a check', async () => {
    await playground.make(withoutBackups, 'first');

    expect(await run(makeCommand, ['--name', 'add_backups', '--dry-run'])).toContain(
      'create table "database_backups"',
    );
    await expect(run(makeCommand, ['--check'])).rejects.toMatchObject({
      type: 'conflict',
      message: expect.stringMatching(
        /changes that no migration makes, of (?:public\.)?database_backups: run/,
      ),
    });

    expect(await playground.names()).toEqual(['first']);
  });

  it('ends a check with 1 also for a change that it does not generate', async () => {
    await playground.make([...withoutBackups, formerBackups], 'first');
    await expect(run(makeCommand, [])).rejects.toMatchObject({ type: 'command-invalid' });

    await expect(run(makeCommand, ['--check'])).rejects.toMatchObject({ type: 'conflict', exitCode: 1 });
  });

  it.each([
    { answer: 'y', outcome: 'create function "database_backups_location_sync"' },
    { answer: 'n', outcome: 'database_backups.location is required' },
  ])('asks on a terminal whether a column was renamed, and reads $answer', async ({ answer, outcome }) => {
    await playground.make([...withoutBackups, formerBackups], 'first');

    const said = await run(makeCommand, ['--name', 'second'], { answer }).catch(String);

    const written = await playground.read('second').catch(() => '');
    expect(`${said} ${written}`).toContain(outcome);
    if (answer === 'y')
      expect(said).toMatch(/database_backups\.place goes and .*location.*Was it renamed\? \[y\/N\]/);
  });

  it('makes a migration for rows, and empty ones of a stated phase', async () => {
    await playground.make(everything, 'first');

    await run(makeCommand, ['--empty', '--phase', 'data', '--name', 'correct_rows']);
    await run(makeCommand, ['--empty', '--phase', 'contract', '--name', 'by_hand']);

    expect(await playground.read('correct_rows')).toContain(`phase = 'data'`);
    expect(await playground.read('by_hand')).toContain(`phase = 'contract'`);
  });

  it.each([
    [['--empty', '--name', 'x', '--phase', 'later'], /--phase was later/],
    [['--by-hand', '--empty', '--name', 'x'], /give one of them/],
    [['--name', 'x', '--phase', 'expand'], /--phase goes with --empty or --by-hand/],
    [['--empty', '--name', 'x', '--rename', 'a:b'], /--rename is for what is generated/],
    [['--nmae', 'x'], /--nmae/],
  ])('refuses %j', async (words, said) => {
    await expect(run(makeCommand, words)).rejects.toThrow(said);
    expect(await playground.names()).toEqual([]);
  });
});

describe('db check', () => {
  it('reports everything that is wrong, and succeeds when the manifest is made again', async () => {
    await playground.make(everything, 'first');
    await writeFile(join(playground.folder, 'manifest.json'), 'not a manifest');

    await expect(run(checkCommand, [])).rejects.toThrow(/manifest\.json is missing, lists not one/);
    await run(makeCommand, ['--merge', '--own', 'first']);

    expect(await run(checkCommand, [])).toMatch(/^Entities, migrations and manifest agree\.\n/);
  });

  it('signs an edited migration that only this branch has, and says so', async () => {
    const [made] = await playground.make(everything, 'first');
    await appendFile(made?.path ?? '', '\n// edited\n');

    const said = await run(checkCommand, []);

    expect(said).toMatch(new RegExp(`^Signed ${made?.name} in manifest\\.json: .*\\nEntities, migrations`));
    expect(await run(checkCommand, [])).toMatch(/^Entities, migrations/);
  });

  it('does not sign one that the main branch has, and signs nothing in CI', async () => {
    const git = (...words: string[]) => promisify(execFile)('git', ['-C', playground.folder, ...words]);
    const [first] = await playground.make(withoutBackups, 'first');
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'base');
    const [second] = await playground.make(everything, 'second');
    await appendFile(second?.path ?? '', '\n// edited\n');

    await expect(run(checkCommand, [], { settings: { CI: 'true' } })).rejects.toThrow(
      /_second\.ts is not the/,
    );
    await appendFile(first?.path ?? '', '\n// edited\n');
    expect(await run(checkCommand, [])).toContain(
      `Signed ${first?.name} in manifest.json: no one else has it, or`,
    );
    const text = await readFile(first?.path ?? '', 'utf8');
    await writeFile(first?.path ?? '', text.replace(/create table/i, 'create unlogged table'));
    await expect(run(checkCommand, [])).rejects.toThrow(
      /_first does something else .*restore .*_first\.ts, or/,
    );
  });

  it('agrees with the server’s own, without a database', async () => {
    const { code, stdout, stderr } = await manage(['db', 'check']);

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^Entities, migrations and manifest agree\.\n\d+ migrations?, 0 errors, /,
      ),
      stderr: '',
    });
  });
});

describe('db sql', () => {
  it('prints what a migration runs, there and back, in its transaction', async () => {
    const forwards = await manage(['db', 'sql', 'event_logging']);
    const backwards = await manage(['sqlmigrate', 'event_logging', '--backwards']);

    expect(forwards.stdout).toMatch(
      /^-- Migration20261122081333_event_logging, forwards, expand\nbegin;\ncreate table "events".*;\n[^]*commit;\n$/,
    );
    expect(backwards.stdout).toMatch(/backwards[^]*drop table "events";/);
  });

  it('offers the nearest names for one that does not exist', async () => {
    const { code, stderr } = await manage(['db', 'sql', 'event_loging']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/no migration "event_loging".*Migration20261122081333_event_logging/);
  });

  it('says so where the SQL is known only when it runs, and where there is no way back', async () => {
    const [made] = await playground.make(everything, 'dynamic', { isDryRun: true, blank: 'expand' });
    const source = (made?.source ?? '')
      .replace(
        /override up[^]*/,
        `override async up(): Promise<void> {\n    await this.execute('select 1');\n  }\n}\n`,
      )
      .replace('  static', `  static override readonly irreversible = 'the rows are gone';\n  static`);
    await writeFile(made?.path ?? '', source);

    expect(await run(sqlCommand, ['dynamic'])).toMatch(/asks the database while it runs/);
    expect(await run(sqlCommand, ['dynamic', '--backwards'])).toMatch(/no way back: the rows are gone/);
  });

  it('prints one statement outside of transactions as such', async () => {
    const [made] = await playground.make(everything, 'alone', { isDryRun: true, blank: 'expand' });
    const source = (made?.source ?? '')
      .replace('up(): void {', 'up(): void {\n    this.addSql(`vacuum`);')
      .replace('  static', '  static override readonly transactional = false;\n  static');
    await writeFile(made?.path ?? '', source);

    expect(await run(sqlCommand, ['alone'])).toMatch(/-- Outside of a transaction\.\nvacuum;\n$/);
  });
});

describe('db make --merge', () => {
  it('moves those that are named, and takes the records as they are', async () => {
    const [first] = await playground.make(withoutBackups, 'first');
    const [second] = await playground.make(everything, 'second');

    const said = await run(makeCommand, ['--merge', '--own', 'first']);

    expect(said).toMatch(new RegExp(`${first?.name} +→ +Migration\\d+_first`));
    expect(await playground.names()).toEqual(['second', 'first']);
    expect((await playground.files())[0]).toBe(second?.name);
    expect(await run(checkCommand, [])).toContain('agree');
  });

  it('asks git which are yours', async () => {
    const git = (...words: string[]) => promisify(execFile)('git', ['-C', playground.folder, ...words]);
    await git('init', '--quiet', '--initial-branch=main');
    await playground.make(withoutBackups, 'first');
    await git('add', '--all');
    await git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'base');
    await git('checkout', '--quiet', '-b', 'topic');
    await playground.make(everything, 'second');

    expect(await run(makeCommand, ['--merge'])).toMatch(
      /^1 of 2 migrations are not in main\.\nNo migration had to move\./,
    );
  });

  it('refuses to move one that is applied in the database that is configured, without an option', async () => {
    const database = await createEmptyDatabase();
    const [first] = await playground.make(withoutBackups, 'first');
    await playground.make(everything, 'second');
    const connection = openPlainConnection(database.url);
    await connection.query(`create table mikro_orm_migrations as select '${first?.name}'::text as name`);
    await connection.close();
    const settings = { DATABASE_URL: database.url };

    await expect(run(makeCommand, ['--merge', '--own', 'first'], { settings })).rejects.toThrow(
      /_first is applied in the database that is configured here/,
    );
    expect(await playground.names()).toEqual(['first', 'second']);
    await run(makeCommand, ['--merge', '--own', 'first', '--applied'], { settings });

    expect(await playground.names()).toEqual(['second', 'first']);
    await database.drop();
  });

  it('refuses two options for which are yours', async () => {
    await expect(run(makeCommand, ['--merge', '--own', 'first', '--onto', 'main'])).rejects.toThrow(
      /give one of them/,
    );
  });
});

describe('db squash', () => {
  it('writes what it has proven, and removes the originals with an option', async () => {
    const database = await createEmptyDatabase();
    await playground.make(withoutBackups, 'first');
    await playground.make(everything, 'second');

    const said = await run(squashCommand, ['first', 'second', '--name', 'all'], {
      databaseUrl: database.url,
    });
    await database.drop();

    expect(said).toMatch(/^Wrote Migration\d+_all\.ts, which stands for 2 migrations and makes the same\./);
    expect(await run(checkCommand, [])).toContain('agree');
    expect(await run(squashCommand, ['--finish', 'all'])).toMatch(/^Removed .*first\.ts, .*second\.ts/);
    expect(await playground.names()).toEqual(['all']);
    expect(await run(checkCommand, [])).toContain('agree');
  });

  it('leaves nothing behind when it cannot be proven', async () => {
    await playground.make(withoutBackups, 'first');
    await playground.make(everything, 'second');
    const nowhere = 'postgresql://none@127.0.0.1:1/nothing';

    await expect(run(squashCommand, ['first', 'second'], { databaseUrl: nowhere })).rejects.toThrow(
      MigratorFailure,
    );

    expect(await playground.names()).toEqual(['first', 'second']);
    expect(await run(checkCommand, [])).toContain('agree');
  });

  it.each([
    [['first'], /needs two names/],
    [['--finish', 'first', 'second'], /--finish needs the name of a squash and nothing else/],
  ])('refuses %j', async (words, said) => {
    await expect(run(squashCommand, words)).rejects.toThrow(said);
  });
});

describe('every command', () => {
  it.each(['db make', 'db check', 'db squash', 'db sql', 'makemigrations', 'squashmigrations'])(
    '%s has help',
    async (name) => {
      const { code, stdout } = await manage([...name.split(' '), '--help']);

      expect(code).toBe(0);
      expect(stdout).toMatch(/^Usage: manage db /);
    },
  );
});
