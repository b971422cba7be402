import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { migrationSource } from '../../support/migration-folder.ts';
import { lint, LINTED, rulesOf, sourceWith } from './lint-case.ts';
import type { MigrationText } from '../../support/migration-folder.ts';
import type { LintCase } from './lint-case.ts';

type Written = string | MigrationText;

interface RuleCase {
  readonly rule: string;
  readonly when: string;
  /** Breaks the rule. */
  readonly catches: Written;
  /** Breaks no rule at all. */
  readonly passes: Written;
  readonly caughtIn?: LintCase;
  readonly passedIn?: LintCase;
}

const down = ['select 1'];
const irreversible = [`static override readonly irreversible = 'a test';`];
const nontransactional = ['static override readonly transactional = false;'];

const addNote: MigrationText = {
  up: ['alter table customers add column note text null'],
  down: ['alter table customers drop column note'],
};
const dropNick: MigrationText = {
  phase: 'contract',
  up: ['alter table customers drop column nick'],
  down: ['alter table customers add column nick text null'],
};
const fillNick: MigrationText = {
  phase: 'data',
  up: [`update customers set nick = name where id = 1`],
  statics: irreversible,
};

const WAITING = 'Migration20260101000001_waiting';
const retype = (type: string, using = '') => `alter table orders alter column ${type}${using}`;
/** Changes of type are a contract, and most rewrite the table. */
const retyping = (...up: readonly string[]): MigrationText => ({
  phase: 'contract',
  up,
  statics: [...irreversible, `static override readonly lint = { allow: { 'long-lock': 'a test' } };`],
});
const roundGuard = `do $$ begin if exists (select from orders where total <> round(total, 1)) then raise exception 'total'; end if; end $$`;

const cases: readonly RuleCase[] = [
  {
    rule: 'timestamp-after-head',
    when: 'it would run before what is merged',
    catches: addNote,
    caughtIn: { name: 'Migration20251231235959_add_note' },
    passes: addNote,
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand drops a column',
    catches: { ...dropNick, phase: 'expand' },
    passes: dropNick,
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand drops a table',
    catches: { up: ['drop table orders'], statics: irreversible },
    passes: { phase: 'contract', up: ['drop table orders'], statics: irreversible },
  },
  {
    rule: 'phase-fits-statements',
    when: 'data changes the schema',
    catches: { ...addNote, phase: 'data' },
    passes: addNote,
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand changes rows only',
    catches: { ...fillNick, phase: 'expand' },
    passes: fillNick,
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand refuses two rows alike that the old version may write',
    catches: {
      up: ['create unique index concurrently if not exists i on orders (note)'],
      statics: [...nontransactional, ...irreversible],
    },
    passes: {
      phase: 'contract',
      up: ['create unique index concurrently if not exists i on orders (note)'],
      statics: [...nontransactional, ...irreversible],
    },
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand binds a column in use to another table',
    catches: {
      up: [
        'alter table orders add constraint f foreign key (customer_id) references customers (id) not valid',
      ],
      statics: irreversible,
    },
    passes: {
      up: [
        'alter table orders add buyer_id int null',
        'create table buyers (id int primary key, code text unique)',
        'alter table orders add constraint f foreign key (buyer_id) references buyers (id) not valid',
        'alter table orders add constraint u unique (buyer_id)',
      ],
      statics: [...irreversible, `static override readonly lint = { allow: { 'long-lock': 'a test' } };`],
    },
  },
  {
    rule: 'phase-fits-statements',
    when: 'an expand excludes rows',
    catches: { up: ['alter table orders add exclude using gist (note with =)'], statics: irreversible },
    passes: {
      phase: 'contract',
      up: ['alter table orders add exclude using gist (note with =)'],
      statics: [...irreversible, `static override readonly lint = { allow: { 'long-lock': 'a test' } };`],
    },
  },
  {
    rule: 'phase-fits-statements',
    when: 'nothing held the rows to it before',
    catches: {
      up: ['alter table orders add constraint o foreign key (id) references customers (id) not valid'],
      statics: irreversible,
    },
    passes: {
      up: ['alter table orders add constraint o foreign key (id) references customers (id) not valid'],
      statics: irreversible,
    },
    passedIn: {
      others: {
        [WAITING]: migrationSource({
          phase: 'contract',
          up: ['alter table orders add constraint n foreign key (id) references customers (id) not valid'],
          statics: irreversible,
        }),
      },
    },
  },
  {
    rule: 'contract-not-with-expand',
    when: 'a contract adds a column',
    catches: { ...addNote, phase: 'contract' },
    passes: dropNick,
  },
  {
    rule: 'contract-not-with-expand',
    when: 'a contract creates a table',
    catches: { phase: 'contract', up: ['create table b (id int primary key)'], statics: irreversible },
    passes: { up: ['create table b (id int primary key)'], statics: irreversible },
  },
  {
    rule: 'drop-needs-prior-release',
    when: 'the records still have the column',
    catches: dropNick,
    caughtIn: { records: { customers: ['id', 'name', 'nick'] } },
    passes: dropNick,
    passedIn: { records: { customers: ['id', 'name'] } },
  },
  {
    rule: 'drop-needs-prior-release',
    when: 'the records still have the table',
    catches: { phase: 'contract', up: ['drop table orders'], statics: irreversible },
    caughtIn: { records: { orders: ['id'] } },
    passes: { phase: 'contract', up: ['drop table orders'], statics: irreversible },
    passedIn: { records: { customers: ['id'] } },
  },
  {
    rule: 'down-or-irreversible',
    when: 'there is no way back',
    catches: { up: addNote.up },
    passes: addNote,
  },
  {
    rule: 'down-or-irreversible',
    when: 'irreversible has no reason',
    catches: { up: addNote.up, statics: [`static override readonly irreversible = ' ';`] },
    passes: { up: addNote.up, statics: irreversible },
  },
  {
    rule: 'down-or-irreversible',
    when: 'its down does nothing',
    catches: { up: addNote.up, down: [] },
    passes: { up: ['alter table orders validate constraint orders_total_check'], down: [] },
  },
  {
    rule: 'no-application-code',
    when: 'it imports a record',
    catches: sourceWith('void users;', {
      imports: `import { UserRecord as users } from '../../../src/entities/user.ts';`,
    }),
    passes: sourceWith(`this.addAll(setNotNullOnline({ table: 'orders', column: 'note' }).check.up);`, {
      imports: `import { setNotNullOnline } from '../../../src/migrator/recipes.ts';`,
    }),
  },
  {
    rule: 'no-application-code',
    when: 'it imports a record while it runs, which SQL with a "from" does not',
    catches: sourceWith(`void import('../../../src/entities/user.ts');`),
    passes: sourceWith('this.addSql(`comment on table orders is \'made from "wishes"\'`);'),
  },
  {
    rule: 'no-application-code',
    when: 'it asks for the entity manager',
    catches: sourceWith('if (this.isTransactional()) this.getEntityManager();'),
    passes: sourceWith('// getEntityManager() would know the tables of today'),
  },
  {
    rule: 'one-statement-when-nontransactional',
    when: 'two statements run without a transaction',
    catches: {
      up: [
        'create index concurrently if not exists a on orders (note)',
        'create index concurrently if not exists b on orders (total)',
      ],
      down: ['drop index concurrently if exists a'],
      statics: nontransactional,
    },
    passes: {
      up: ['create index concurrently if not exists a on orders (note)'],
      down: ['drop index concurrently if exists a'],
      statics: nontransactional,
    },
  },
  {
    rule: 'one-statement-when-nontransactional',
    when: 'a process that is killed before it is recorded could not run it again',
    catches: {
      up: ['create index concurrently a on orders (note)'],
      statics: [...nontransactional, ...irreversible],
    },
    passes: {
      up: ['create index concurrently if not exists a on orders (note)'],
      statics: [...nontransactional, ...irreversible],
    },
  },
  {
    rule: 'one-statement-when-nontransactional',
    when: 'one text holds two statements',
    catches: {
      up: ['create index concurrently if not exists a on orders (note); analyze orders'],
      statics: [...nontransactional, ...irreversible],
    },
    passes: {
      up: ["create index concurrently if not exists a on orders (note) /* ; */ where note <> ';';"],
      statics: [...nontransactional, ...irreversible],
    },
  },
  {
    rule: 'no-data-and-schema-together',
    when: 'rows of a table in use are changed',
    catches: {
      up: [...addNote.up, 'update customers set note = nick where note is null'],
      down: addNote.down ?? [],
    },
    passes: {
      up: ['create table kinds (id int primary key)', 'insert into kinds values (1), (2)'],
      down: ['drop table kinds'],
    },
  },
  {
    rule: 'no-data-and-schema-together',
    when: 'rows are changed inside of a common table expression',
    catches: {
      up: [...addNote.up, 'with gone as (delete from orders where id < 0 returning id) select id from gone'],
      down: addNote.down ?? [],
    },
    passes: {
      up: [...addNote.up, `insert into backfill_jobs (name) select 'a' on conflict do nothing`],
      down: addNote.down ?? [],
    },
  },
  {
    rule: 'no-cascade-drop',
    when: 'a drop cascades',
    catches: { phase: 'contract', up: ['drop table orders cascade'], statics: irreversible },
    passes: { phase: 'contract', up: ['drop table orders'], statics: irreversible },
  },
  {
    rule: 'no-cascade-drop',
    when: 'the way back cascades',
    catches: { up: ['create table b (id int primary key)'], down: ['drop table if exists b cascade'] },
    passes: {
      up: ['create table b (id int primary key references customers (id) on delete cascade)'],
      down: ['drop table b'],
    },
  },
  {
    rule: 'contract-not-with-expand',
    when: 'a column is renamed',
    catches: { phase: 'contract', up: ['alter table orders rename column note to remark'], down },
    passes: {
      up: ['create table b (id int primary key, note text)', 'alter table b rename column note to remark'],
      down: ['drop table b'],
    },
  },
  {
    rule: 'contract-not-with-expand',
    when: 'a table is renamed',
    catches: { phase: 'contract', up: ['alter table "orders" rename to "purchases"'], down },
    passes: {
      phase: 'contract',
      up: ['alter table orders rename to purchases'],
      down,
      statics: [
        `static override readonly lint = { allow: { 'contract-not-with-expand': 'nothing reads it' } };`,
      ],
    },
  },
  {
    rule: 'required-column-needs-default',
    when: 'a table in use gets a required column',
    catches: { up: ['alter table orders add column "a" int not null'], down },
    passes: { up: ['alter table orders add column "a" int not null default 0'], down },
  },
  {
    rule: 'fk-needs-index',
    when: 'nothing indexes the columns',
    catches: {
      up: [
        'create table lines (id int primary key, order_id int not null)',
        'create index lines_order on lines (order_id) where id > 0',
        'alter table lines add constraint lines_order_fk foreign key (order_id) references orders (id)',
      ],
      down: ['drop table lines'],
    },
    passes: {
      up: [
        'create table lines (id int, order_id int not null, primary key (order_id, id))',
        'alter table lines add constraint lines_order_fk foreign key (order_id) references orders (id)',
      ],
      down: ['drop table lines'],
    },
  },
  {
    rule: 'fk-needs-index',
    when: 'the column itself refers to another table',
    catches: {
      up: ['create table lines (id int primary key, order_id int references orders (id))'],
      down: ['drop table lines'],
    },
    passes: {
      up: ['create table lines (id int primary key, order_id int unique references orders (id))'],
      down: ['drop table lines'],
    },
  },
  {
    rule: 'contract-not-with-expand',
    when: 'a partitioned table takes the place of one with rows',
    catches: {
      phase: 'contract',
      up: [
        'create schema if not exists swap',
        'alter table orders set schema swap',
        'create table orders (id int not null) partition by range (id)',
        'create table orders_1 partition of orders for values from (1) to (9)',
        'insert into orders (id) select id from swap.orders',
      ],
      statics: irreversible,
    },
    passes: {
      up: [
        'create table quotes (id int not null) partition by range (id)',
        'create table quotes_1 partition of quotes for values from (1) to (9)',
      ],
      statics: irreversible,
    },
  },
  {
    rule: 'type-change-keeps-values',
    when: 'a cast cuts a text off',
    catches: retyping(retype('note type varchar(10)', ' using (note::varchar(10))')),
    passes: retyping(retype('note type varchar(10)')),
  },
  {
    rule: 'type-change-keeps-values',
    when: 'the way back cuts off what the way there allowed',
    catches: {
      up: [retype('note type varchar(40)')],
      down: [retype('note type varchar(20)', ' using (note::varchar(20))')],
    },
    passes: {
      up: [retype('note type varchar(40)', ' using (note::varchar(40))')],
      down: [retype('note type varchar(20)')],
    },
  },
  {
    rule: 'type-change-keeps-values',
    when: 'an amount is rounded',
    catches: retyping(retype('total type numeric(10,1)')),
    passes: retyping(roundGuard, retype('total type numeric(10,1)')),
  },
  {
    rule: 'type-change-keeps-values',
    when: 'an amount becomes a whole number',
    catches: retyping(retype('total type int', ' using total::int')),
    passes: retyping(retype('total type int', ' using floor(total)')),
  },
  {
    rule: 'update-needs-backfill',
    when: 'a column is copied whole',
    catches: {
      ...fillNick,
      up: ['update customers set nick = name where nick is null and name is not null'],
    },
    passes: fillNick,
  },
  {
    rule: 'delete-without-where',
    when: 'all rows are deleted',
    catches: { ...fillNick, up: ['delete from orders'] },
    passes: { ...fillNick, up: ['delete from orders where total < 0'] },
  },
  {
    rule: 'delete-without-where',
    when: 'a table is truncated',
    catches: { ...fillNick, up: ['truncate table orders'] },
    passes: { ...fillNick, up: [`delete from orders where note = 'truncate table orders'`] },
  },
  {
    rule: 'sql-only-when-run',
    when: 'it asks the database while it runs',
    catches: sourceWith(`await this.execute('select 1');`),
    passes: sourceWith(`this.addSql('comment on table orders is null');`),
  },
  {
    rule: 'phase-fits-statements',
    when: 'a partitioned table takes the place of one with rows',
    catches: {
      up: ['create schema if not exists swap', 'alter table orders set schema swap'],
      statics: irreversible,
    },
    passes: { up: ['create schema if not exists swap'], statics: irreversible },
  },
  {
    rule: 'long-lock',
    when: 'an index is built while writes are blocked',
    catches: { up: ['create index i on orders (note)'], statics: irreversible },
    passes: {
      up: ['create index concurrently if not exists i on orders (note)'],
      statics: [...nontransactional, ...irreversible],
    },
  },
  {
    rule: 'long-lock',
    when: 'rows are read for a check while reads are blocked',
    catches: { up: ['alter table orders add constraint c check (total > 0)'], statics: irreversible },
    passes: {
      up: ['alter table orders add constraint c check (total > 0) not valid'],
      statics: irreversible,
    },
  },
  {
    rule: 'long-lock',
    when: 'an earlier statement holds the lock',
    catches: {
      up: [
        'alter table orders add constraint c check (total > 0) not valid',
        'alter table orders validate constraint c',
      ],
      statics: irreversible,
    },
    passes: {
      up: ['alter table orders add constraint c check (total > 0) not valid'],
      statics: irreversible,
    },
  },
  {
    rule: 'long-lock',
    when: 'rows are rewritten for a default of their own',
    catches: { up: ['alter table orders add a uuid default gen_random_uuid()'], statics: irreversible },
    passes: { up: ['alter table orders add a timestamptz default now()'], statics: irreversible },
  },
  {
    rule: 'long-lock',
    when: 'rows are read for null',
    catches: { up: ['alter table orders alter note set not null'], statics: irreversible },
    passes: { up: ['alter table orders alter id set not null'], statics: irreversible },
  },
  {
    rule: 'long-lock',
    when: 'the rows of a table are rewritten for another type',
    catches: { phase: 'contract', up: [retype('id type bigint')], statics: irreversible },
    passes: { up: [retype('note type varchar(40)')], statics: irreversible },
  },
  {
    rule: 'is-sql',
    when: 'PostgreSQL would refuse it',
    catches: { up: ['alter table orders add'], statics: irreversible },
    passes: { up: ['alter table orders add a int'], statics: irreversible },
  },
];

describe('the rules', () => {
  it.each(cases)('$rule speaks when $when', async ({ rule, catches, caughtIn }) => {
    const findings = await lint(catches, caughtIn);

    expect(rulesOf(findings)).toContain(rule);
    expect(findings.every(({ help }) => help.length > 20)).toBe(true);
  });

  it.each(cases)('$rule is silent otherwise than when $when', async ({ passes, passedIn }) => {
    expect(await lint(passes, passedIn)).toEqual([]);
  });

  it('are all among the cases', () => {
    const shown = new Set(cases.map(({ rule }) => rule));

    expect(RULES.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('name the statement that breaks them', async () => {
    const sql = 'alter table orders add column a int not null';

    const [finding] = await lint({ up: ['select 1', sql], down });

    expect(finding).toMatchObject({ migration: LINTED, statement: sql, severity: 'error' });
  });
});
