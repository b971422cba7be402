/** What is not generated, and what the files that are look like. None of this needs a database. */
import { defineEntity, p } from '@mikro-orm/core';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { makeManifest, manifestText } from '../../../src/migrator/run/state/manifest.ts';
import { lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { makePlayground, openRecords } from './playground.ts';
import { accounts, orders } from './records.ts';
import type { Playground, Records } from './playground.ts';

let playground: Playground;

beforeEach(async () => {
  playground = await makePlayground();
});

afterEach(() => playground[Symbol.asyncDispose]());

describe('a change that is not generated', () => {
  const parcels = (properties: object) =>
    defineEntity({
      name: 'Parcel',
      tableName: 'parcels',
      properties: { one: p.integer().primary(), two: p.integer().primary(), ...properties },
    }) as unknown as Records[number];
  const reached = (where: string) => ({
    indexes: [{ name: 'orders_reached', properties: ['units'], where }],
  });
  const called = (expression: string) => ({ checks: [{ name: 'orders_called', expression }] });
  const refusals: {
    what: string;
    before: Records;
    after: Records;
    said: RegExp;
    declared?: string[];
    fills?: string[];
  }[] = [
    {
      what: 'a column that may have got another name',
      before: orders({ phone: p.string().nullable() }),
      after: orders({ country: p.string().nullable() }),
      said: /orders\.phone goes and orders\.country.*--rename orders\.phone:country, or --no-rename/,
    },
    {
      what: 'a column of which one of two may be the new name',
      before: orders({ phone: p.string() }),
      after: orders({ country: p.string(), city: p.string() }),
      said: /--rename orders\.phone:\w+ or --rename orders\.phone:\w+, or --no-rename/,
    },
    {
      what: 'a column that goes while one of another type comes',
      before: orders({ phone: p.string().length(100).nullable() }),
      after: orders({ mobile: p.string().length(150).nullable() }),
      said: /orders\.phone goes while orders\.mobile, of another type, comes.*--fill "orders\.mobile=SQL that names phone" keeps them; --no-rename drops/,
    },
    {
      what: 'a column of two that became one, of which a value keeps only the other',
      before: orders({ first: p.string().nullable(), last: p.string().nullable() }),
      after: orders({ whole: p.text().nullable() }),
      fills: ['orders.whole=first'],
      said: /: orders\.last goes while orders\.whole, of another type, comes/,
    },
    {
      what: 'an index whose condition still names a column by its old name',
      before: orders({ phone: p.string().nullable() }, reached('phone is not null')),
      after: orders({ mobile: p.string().nullable() }, reached('phone is not null')),
      declared: ['orders.phone:mobile'],
      said: /The index orders_reached of orders names phone, which goes\. PostgreSQL would drop/,
    },
    {
      what: 'a check that still names a column that goes',
      before: orders({ phone: p.string().nullable() }, called(`"phone" <> ''`)),
      after: orders({}, called(`"phone" <> ''`)),
      said: /The check orders_called of orders names phone, which goes\. PostgreSQL would drop/,
    },
    {
      what: 'a table that may have got another name',
      before: orders(),
      after: orders({}, { tableName: 'requests' }),
      said: /Table orders goes and table requests.*--no-rename.*alter table "orders" rename to "requests".*create view/,
    },
    {
      what: 'a declared rename that is not in the records',
      before: orders({ phone: p.string() }),
      after: orders({ mobile: p.string() }),
      declared: ['orders.phone:mobil'],
      said: /orders\.phone:mobil is not among the changes.*orders\.phone:mobile/,
    },
    {
      what: 'a declared rename that changes the type',
      before: orders({ phone: p.string() }),
      after: orders({ mobile: p.integer() }),
      declared: ['orders.phone:mobile'],
      said: /changes the type as well/,
    },
    {
      what: 'a declared rename that changes the default',
      before: orders({ phone: p.string() }),
      after: orders({ mobile: p.string().default('x') }),
      declared: ['phone:mobile'],
      said: /changes the default as well/,
    },
    {
      what: 'a name that two declared renames have',
      before: orders({ phone: p.string(), fax: p.string() }),
      after: orders({ mobile: p.string() }),
      declared: ['orders.phone:mobile', 'orders.fax:mobile'],
      said: /orders\.fax:mobile has a name that another --rename has/,
    },
    {
      what: 'an unreadable declared rename',
      before: orders({ phone: p.string() }),
      after: orders({ mobile: p.string() }),
      declared: ['phone>mobile'],
      said: /--rename was "phone>mobile"/,
    },
    {
      what: 'a required column without a default',
      before: orders(),
      after: orders({ note: p.string() }),
      said: /orders\.note is required.*--fill "orders\.note='none'"/,
    },
    {
      what: 'a default that differs from row to row',
      before: orders(),
      after: orders({ token: p.uuid().defaultRaw('gen_random_uuid()') }),
      said: /orders\.token has the default gen_random_uuid\(\).*rewrite/,
    },
    {
      what: 'a stored generated column',
      before: orders(),
      after: orders({ twice: p.integer().generated('(units * 2) stored') }),
      said: /orders\.twice is generated.*rewrite/,
    },
    {
      what: 'another way to part a table',
      before: orders({}, { partitionBy: { type: 'hash', expression: 'id', partitions: 2 } }),
      after: orders({}, { partitionBy: { type: 'hash', expression: 'id', partitions: 4 } }),
      said: /partitions of orders have changed, which copies the whole table.*--by-hand/,
    },
    {
      what: 'a table that is parted from now on',
      before: orders(),
      after: orders({}, { partitionBy: { type: 'hash', expression: 'id', partitions: 2 } }),
      said: /partitions of orders have changed, which copies the whole table/,
    },
    {
      what: 'a value for a column that needs none',
      before: orders({ note: p.string().nullable() }),
      after: orders({ note: p.string() }),
      fills: ['orders.notes=1'],
      said: /--fill orders\.notes is no column that comes or that becomes required\. These do: orders\.note\./,
    },
    {
      what: 'an unreadable value',
      before: orders(),
      after: orders({ note: p.string() }),
      fills: ['note'],
      said: /--fill was "note": table\.column=SQL was expected/,
    },
    {
      what: 'another name in a table whose rows have no one key',
      before: [accounts, parcels({ phone: p.string() })],
      after: [accounts, parcels({ mobile: p.string() })],
      declared: ['parcels.phone:mobile'],
      said: /rows of parcels are filled by a backfill, which goes along one column that is unique and never null/,
    },
    {
      what: 'an enum that is a type of PostgreSQL',
      before: orders(),
      after: orders({ side: p.enum(['buy']).nativeEnumName('order_side').nullable() }),
      said: /Types have come or gone: order_side.*--by-hand/,
    },
    {
      what: 'comments',
      before: orders({ note: p.string().nullable() }, { comment: 'old' }),
      after: orders({ note: p.string().nullable().comment('new') }, { comment: 'what was expected' }),
      said: /orders\.note: a change of comment is not generated.*The comment of orders has changed.*--by-hand/s,
    },
    {
      what: 'another primary key',
      before: orders(),
      after: orders({ id: p.integer(), key: p.integer().primary().default(0) }),
      said: /primary key of orders/,
    },
    {
      what: 'an index that changes and keeps its name',
      before: orders({}, { indexes: [{ name: 'orders_units', properties: ['units'] }] }),
      after: orders({}, { indexes: [{ name: 'orders_units', properties: ['units', 'id'] }] }),
      said: /orders_units of orders changes and keeps its name\. Give it another name/,
    },
    {
      what: 'an index that becomes a constraint and keeps its name',
      before: orders({}, { indexes: [{ name: 'orders_units', properties: ['units'] }] }),
      after: orders({}, { uniques: [{ name: 'orders_units', properties: ['units'] }] }),
      said: /orders_units of orders changes and keeps its name/,
    },
    {
      what: 'a unique rule that changes and keeps its name',
      before: orders({}, { uniques: [{ name: 'orders_units', properties: ['units'] }] }),
      after: orders({}, { uniques: [{ name: 'orders_units', properties: ['units', 'id'] }] }),
      said: /orders_units of orders changes and keeps its name/,
    },
    {
      what: 'an exclusion that goes',
      before: orders(
        {},
        {
          checks: [
            { name: 'orders_once', expression: 'exclude using gist (int4range(units, units + 1) with &&)' },
          ],
        },
      ),
      after: orders(),
      said: /An exclusion of orders has changed.*--by-hand/,
    },
  ];

  it.each(refusals)(
    '$what is refused, and nothing is written',
    async ({ before, after, said, declared = [], fills = [] }) => {
      await playground.make(before, 'first');

      const making = playground.make(after, 'second', {
        renames: { declared, deniesOthers: false },
        fills,
      });

      await expect(making).rejects.toThrow(said);
      await expect(making).rejects.toThrow(MigratorFailure);
      expect(await playground.names()).toEqual(['first']);
    },
  );

  it('makes nothing while a file is gone that the manifest lists', async () => {
    await playground.make(orders(), 'first');
    const [made] = await playground.make(orders({ note: p.string().nullable() }), 'second');
    await rm(made?.path ?? '');

    const again = playground.make(orders({ note: p.string().nullable() }), 'again');

    await expect(again).rejects.toThrow(/second\.ts is gone, and manifest\.json lists it/);
  });

  it.each([`'phone' <> ''`, 'phone(units) > 0', 'phones > 0'])(
    'a column that goes is not named by the check %s',
    async (expression) => {
      await playground.make(orders({ phone: p.string().nullable() }, called(expression)), 'first');

      expect(await playground.make(orders({}, called(expression)), 'second')).toHaveLength(1);
    },
  );

  it.each(['', 'Not-Good', '2nd'])('a name that is %s is refused', async (name) => {
    const making = playground.make(orders(), 'ignored', { name });

    await expect(making).rejects.toThrow(/a name in snake case/);
    expect(await playground.names()).toEqual([]);
  });

  it('is refused over a migration that was edited', async () => {
    const [first] = await playground.make(orders(), 'first');
    await writeFile(first?.path ?? '', `${first?.source}\n// edited\n`);

    await expect(playground.make(orders({ note: p.string().nullable() }), 'second')).rejects.toThrow(
      /first\.ts is not the file that the manifest was made with/,
    );
  });
});

describe('a possible rename', () => {
  const before = orders({ phone: p.string().nullable() });
  const after = orders({ country: p.string().nullable() });

  it('that is denied becomes one column that comes and one that goes, later', async () => {
    await playground.make(before, 'first');

    await playground.make(after, 'second', { renames: { declared: [], deniesOthers: true } });

    expect(await playground.names()).toEqual(['first', 'second', 'second_contract']);
    expect(await playground.read('second')).toContain('add "country"');
    const [first, last] = (await playground.read('second')).split('contract({');
    expect(first).not.toContain('phone');
    expect(last).toContain('drop column "phone"');
  });

  it.each([
    { answer: true, files: ['second', 'second_copy', 'second_contract'] },
    { answer: false, files: ['second', 'second_contract'] },
  ])('is asked about on a terminal, with the answer $answer', async ({ answer, files }) => {
    await playground.make(before, 'first');
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return answer;
    };

    await playground.make(after, 'second', { renames: { declared: [], deniesOthers: false, ask } });

    expect(questions).toEqual([expect.stringMatching(/orders\.phone.*orders\.country.*renamed\?/)]);
    expect((await playground.names()).slice(1)).toEqual(files);
  });

  it.each([
    { how: 'it is denied', deniesOthers: true, fills: [] },
    { how: 'the new column is filled from it', deniesOthers: false, fills: ['orders.country=length(phone)'] },
  ])('of another type is none where $how', async ({ deniesOthers, fills }) => {
    await playground.make(before, 'first');

    const next = orders({ country: p.integer().nullable() });
    await playground.make(next, 'second', { renames: { declared: [], deniesOthers }, fills });

    expect(await playground.read('second')).toContain('drop column "phone"');
  });

  it.each([true, false])('of another type is asked about as a loss, and the answer is %s', async (answer) => {
    await playground.make(before, 'first');
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return answer;
    };

    const next = orders({ country: p.integer().nullable() });
    const making = playground.make(next, 'second', {
      renames: { declared: [], deniesOthers: false, ask },
    });

    if (answer) await making;
    else await expect(making).rejects.toThrow(/--no-rename drops them/);
    expect(questions).toEqual([
      expect.stringMatching(/orders\.phone goes.*Its values will be lost; is that meant\?/),
    ]);
    expect((await playground.names()).slice(1)).toEqual(answer ? ['second', 'second_contract'] : []);
  });

  it('of a table that is denied makes one and drops the other without cascade', async () => {
    await playground.make(orders(), 'first');

    await playground.make(orders({}, { tableName: 'requests' }), 'second', {
      renames: { declared: [], deniesOthers: true },
    });

    expect(await playground.read('second')).toContain('create table "requests"');
    expect(await playground.read('second_contract')).toContain('drop table "orders";');
    expect(await playground.read('second_contract')).not.toMatch(/cascade/i);
  });
});

describe('the files', () => {
  it('state of each step phase, transaction and what must run before it', async () => {
    await playground.make(orders({ phone: p.string().nullable() }), 'first');

    const made = await playground.make(orders({ units: p.integer().index(), mail: p.string() }), 'second', {
      renames: { declared: ['orders.phone:mail'], deniesOthers: false },
    });

    const loaded = await loadMigrations(playground.folder);
    expect(
      loaded.map(({ phase, transactional, requires }) => [phase, transactional, requires.length]),
    ).toEqual([
      ['expand', true, 0],
      ['expand', true, 0],
      ['data', true, 1],
      ['expand', false, 1],
      ['contract', true, 1],
      ['contract', true, 1],
      ['contract', true, 1],
      ['contract', true, 1],
    ]);
    expect(made).toHaveLength(1);
    expect(made[0]?.steps.map(({ name }) => name)).toEqual(loaded.slice(1).map(({ name }) => name));
    expect(loaded.at(-1)?.requires).toEqual([`${made[0]?.name}/6`]);
  });

  it('are several, a second apart, where a change takes more steps than a file holds', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `c${index}`);
    const plain = Object.fromEntries(names.map((name) => [name, p.integer()]));
    const indexed = Object.fromEntries(names.map((name) => [name, p.integer().index()]));
    await playground.make(orders({ ...plain, gone: p.integer() }), 'first');

    const made = await playground.make(orders(indexed), 'second');

    expect(made.map(({ name }) => name.slice(24))).toEqual(['second', 'second_2']);
    const loaded = await loadMigrations(playground.folder);
    expect(loaded).toHaveLength(1 + 9 + 4);
    expect(loaded.at(-1)).toMatchObject({
      phase: 'contract',
      requires: [`${made[1]?.name}/3`, `${made[0]?.name}/9`],
    });
    const times = made.map(({ name }) => name.slice('Migration'.length, 'Migration'.length + 14));
    expect(Number(times[1])).toBeGreaterThan(Number(times[0]));
  });

  it('come after one that was made in the future', async () => {
    await playground.make(orders(), 'first');
    const [name = ''] = (await loadMigrations(playground.folder)).map((each) => each.name);
    const later = name.replace(/\d{14}/, '29991231235958');
    await writeFile(
      join(playground.folder, `${later}.ts`),
      (await playground.read('first')).replaceAll(name, later),
    );
    await writeFile(
      join(playground.folder, 'manifest.json'),
      manifestText(await makeManifest(playground.folder)),
    );

    const made = await playground.make(orders({ units: p.integer().index() }), 'second');

    expect(made.map((each) => each.name)).toEqual(['Migration29991231235959_second']);
  });

  it('are in the manifest', async () => {
    await playground.make(orders(), 'first');
    await playground.make(orders({ units: p.integer().index() }), 'second');

    const text = await readFile(join(playground.folder, 'manifest.json'), 'utf8');
    expect(text).toBe(manifestText(await makeManifest(playground.folder)));
    expect(text).toMatch(/"transactional":false.*\n {2}\],\n {2}"head": "Migration\d+_second"/);
  });

  it.each(['', 'this.addSql(`update orders set units = 1 where id = 7`);'])(
    'for rows are right before and after they are written: %s',
    async (body) => {
      await playground.make(orders(), 'first');
      const [blank] = await playground.make(orders(), 'second', { blank: 'data' });
      const source = blank?.source ?? '';
      await writeFile(blank?.path ?? '', source.replace('up(): void {', `up(): void {\n    ${body}`));

      const findings = await lintMigrations({ folder: playground.folder, names: ['second'] });

      expect(findings).toEqual([]);
      expect(source).toMatch(/write "override down\(\)" in place of irreversible/);
    },
  );

  it('are only shown in a dry run', async () => {
    const made = await playground.make(orders(), 'first', { isDryRun: true });

    expect(made.map(({ source }) => source)).toEqual([expect.stringContaining('create table "orders"')]);
    expect(await playground.names()).toEqual([]);
    expect(await playground.make(orders(), 'first')).toHaveLength(1);
  });

  it('keep a text with quotes, dollars and backslashes as it is', async () => {
    const expression = String.raw`code <> '$\{x}\`' || ';'`;
    await playground.make(
      orders({ code: p.string().nullable() }, { checks: [{ name: 'odd', expression }] }),
      'first',
    );

    await using orm = openRecords([], '.');
    const [migration] = await loadMigrations(playground.folder);
    const made = migration && new migration.migrationClass(orm.driver, orm.config);
    await made?.up();
    expect(made?.getQueries().map(String).join('\n')).toContain(`check (${expression})`);
  });
});

describe('a change of what a contract before it changes', () => {
  const cases: {
    what: string;
    releases: [Records, Records, Records];
    declared?: string[];
    phase?: string;
  }[] = [
    {
      what: 'a column that comes back',
      releases: [orders({ note: p.string().nullable() }), orders(), orders({ note: p.string().nullable() })],
    },
    {
      what: 'a column that need not be there any more, after all',
      releases: [
        orders({ note: p.string().nullable() }),
        orders({ note: p.string() }),
        orders({ note: p.string().nullable() }),
      ],
    },
    {
      what: 'an index that comes back',
      releases: [orders({ units: p.integer().index() }), orders(), orders({ units: p.integer().index() })],
    },
    {
      what: 'a unique rule that comes back',
      releases: [orders({ units: p.integer().unique() }), orders(), orders({ units: p.integer().unique() })],
      phase: 'contract',
    },
    {
      what: 'a table that comes back',
      releases: [orders(), [accounts], orders()],
    },
    {
      what: 'an enum that is wider again',
      releases: [
        orders({ side: p.enum(['buy', 'sell']) }),
        orders({ side: p.enum(['buy']) }),
        orders({ side: p.enum(['buy', 'sell']) }),
      ],
    },
    {
      what: 'an index on a number that is still to be replaced by a larger one',
      releases: [
        orders({ size: p.integer() }),
        orders({ size: p.bigint() }),
        orders({ size: p.bigint().index() }),
      ],
    },
    {
      what: 'a default that comes back',
      releases: [
        orders({ note: p.string().default('x') }),
        orders({ note: p.string() }),
        orders({ note: p.string().default('x') }),
      ],
    },
  ];

  it.each(cases)('waits for it: $what', async ({ releases, declared = [], phase: wanted = 'expand' }) => {
    const [first, second, third] = releases;
    await playground.make(first, 'first');
    const made = await playground.make(second, 'second');
    const contract = made.flatMap(({ steps }) => steps).findLast(({ phase }) => phase === 'contract')?.name;

    const [next] = await playground.make(third, 'third', { renames: { declared, deniesOthers: true } });

    const [step] = next?.steps ?? [];
    expect(step?.phase).toBe(wanted);
    expect(step?.note).toMatch(/that one runs first/);
    const loaded = await loadMigrations(playground.folder);
    expect(contract).toBeDefined();
    expect(loaded.find(({ name }) => name === step?.name)?.requires).toContain(contract);
  });

  it('is not a change of something else', async () => {
    await playground.make(orders({ note: p.string().nullable() }), 'first');
    await playground.make(orders(), 'second');

    await playground.make(orders({ size: p.integer().default(1).index() }), 'third');

    const loaded = await loadMigrations(playground.folder);
    expect(loaded.map(({ name, requires }) => [name.slice(24), requires.length])).toEqual([
      ['first', 0],
      ['second', 0],
      ['third/1', 0],
      ['third/2', 1],
    ]);
  });
});

describe('a parted table', () => {
  const parted = (properties: Readonly<Record<string, unknown>> = {}) =>
    orders(properties, { partitionBy: { type: 'hash', expression: 'id', partitions: 2 } });

  it('that stays as it is parted needs nothing, and changes like any other', async () => {
    await playground.make(parted(), 'first');

    expect(await playground.make(parted(), 'second')).toEqual([]);
    const [made] = await playground.make(parted({ note: p.string().nullable() }), 'third');

    expect(made?.source).toContain('add "note"');
    expect(made?.source).not.toContain('partition');
  });
});

describe('a migration that a person writes', () => {
  it('leaves what has changed in the records for later', async () => {
    await playground.make([accounts], 'first');

    const [data] = await playground.make(orders(), 'correct_codes', { blank: 'data' });

    expect(data?.steps).toMatchObject([{ phase: 'data' }]);
    expect(await playground.make(orders(), 'second')).toHaveLength(1);
  });

  it('covers what has changed in the records when that is said', async () => {
    await playground.make([accounts], 'first');

    await playground.make(orders(), 'by_hand', { blank: 'contract', coversRecords: true });

    expect(await playground.make(orders(), 'second')).toEqual([]);
  });
});

describe('MikroORM’s own command', () => {
  it('makes the same files, and no change makes none', async () => {
    await using orm = openRecords(orders(), playground.folder);
    await using later = openRecords(orders({ units: p.integer().index() }), playground.folder);

    await playground.make([accounts], 'first');
    const { fileName } = await orm.migrator.create(undefined, false, false, 'second');
    const index = await later.migrator.create(undefined, false, false, 'third');
    const nothing = await later.migrator.create(undefined, false, false, 'fourth');

    expect(fileName).toMatch(/^Migration\d{14}_second\.ts$/);
    expect(index.code).toContain('static override readonly transactional = false;');
    expect(index.code).toContain('create index concurrently');
    expect(nothing.fileName).toBe('');
    expect(await playground.make(orders({ units: p.integer().index() }), 'fifth')).toEqual([]);
  });

  it('refuses a possible rename, and a blank migration that would swallow a change', async () => {
    await playground.make(orders({ phone: p.string().nullable() }), 'first');
    await using orm = openRecords(orders({ country: p.string().nullable() }), playground.folder);

    await expect(orm.migrator.create(undefined, false, false, 'second')).rejects.toThrow(/--rename/);
    await expect(orm.migrator.create(undefined, true, false, 'third')).rejects.toThrow(
      /have it forgotten|have them forgotten/,
    );
    expect(await playground.names()).toEqual(['first']);
  });

  it('makes a blank migration where nothing has changed', async () => {
    await playground.make(orders(), 'first');
    await using orm = openRecords(orders(), playground.folder);

    await orm.migrator.create(undefined, true, false, 'second');

    expect(await playground.read('second')).toContain(`static override readonly phase = 'expand';`);
  });
});
