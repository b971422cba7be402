import { describe, expect, it } from 'vitest';
import { splitStatements } from './parse-sql.ts';
import { readStatements } from './read-statements.ts';

describe('splitting', () => {
  const cases = [
    { sql: '', statements: [] },
    { sql: '-- nothing;\n /* at; /* all; */ ; */ ;', statements: [] },
    { sql: 'select 1; select 2;', statements: ['select 1', 'select 2'] },
    { sql: `select ';', "a;b"; select 2`, statements: [`select ';', "a;b"`, 'select 2'] },
    { sql: `select 'it''s;'; select 2`, statements: [`select 'it''s;'`, 'select 2'] },
    { sql: String.raw`select E'\';'; select 2`, statements: [String.raw`select E'\';'`, 'select 2'] },
    { sql: `select '\\'; select 2`, statements: [`select '\\'`, 'select 2'] },
    { sql: 'do $$ begin; end $$; select 2', statements: ['do $$ begin; end $$', 'select 2'] },
    { sql: 'do $a$ $$;$$ $a$; select $1', statements: ['do $a$ $$;$$ $a$', 'select $1'] },
    { sql: `select 'ä'; /* ö */ select 'ü' `, statements: [`select 'ä'`, `select 'ü'`] },
    { sql: 'alter table order; select 2', statements: ['alter table order; select 2'] },
    { sql: `select 'open; select 2`, statements: [`select 'open; select 2`] },
    {
      sql: 'create function f() returns int begin atomic select 1; select 2; end; select 3',
      statements: ['create function f() returns int begin atomic select 1; select 2; end', 'select 3'],
    },
    { sql: 'select 1 -- one;\n + 1;\nselect 2', statements: ['select 1 -- one;\n + 1', 'select 2'] },
  ];
  it.each(cases)('makes $statements of $sql', async ({ sql, statements }) => {
    expect(await splitStatements(sql)).toEqual(statements);
  });
});

describe('reading', () => {
  const type = { name: 'int4', numbers: [], isArray: false };
  const column = { name: 'b', type, isRequired: false, hasDefault: false, functions: [], isPerRow: false };
  const cases = [
    {
      sql: 'drop table if exists public.a, "B c"',
      actions: [
        { does: 'drop-table', table: 'a' },
        { does: 'drop-table', table: 'B c' },
      ],
    },
    {
      sql: 'alter table only "a" drop column b, drop constraint c, add d int not null, alter e set not null',
      actions: [
        { does: 'drop-column', table: 'a', column: 'b' },
        { does: 'drop-constraint', table: 'a', constraint: 'c' },
        { does: 'add-column', table: 'a', column: { ...column, name: 'd', isRequired: true } },
        { does: 'set-not-null', table: 'a', column: 'e' },
      ],
    },
    { sql: 'alter table a rename to e', actions: [{ does: 'rename-table', table: 'a', to: 'e' }] },
    {
      sql: 'alter table a add column b numeric(10,2) null default random(), add c bigserial',
      actions: [
        {
          does: 'add-column',
          column: {
            ...column,
            type: { name: 'numeric', numbers: [10, 2] },
            hasDefault: true,
            functions: ['random'],
          },
        },
        { does: 'add-column', column: { isRequired: true, hasDefault: true, isPerRow: true } },
      ],
    },
    {
      sql: 'alter table a add b int generated always as (1) stored references c unique',
      actions: [
        { does: 'add-column', column: { ...column, hasDefault: true, isPerRow: true } },
        { constraint: { kind: 'foreign-key', columns: ['b'], referenced: 'c' }, isAlone: false },
        { constraint: { kind: 'unique', columns: ['b'] } },
      ],
    },
    {
      sql: 'alter table a rename b to c',
      actions: [{ does: 'rename-column', table: 'a', column: 'b', to: 'c' }],
    },
    {
      sql: 'alter table a rename constraint b to c',
      actions: [{ does: 'alter-table', table: 'a', what: 'rename' }],
    },
    {
      sql: 'alter table a add constraint n not null b',
      actions: [
        { does: 'add-constraint', constraint: { kind: 'not-null', columns: ['b'], isValidated: true } },
      ],
    },
    {
      sql: 'alter table a add constraint f foreign key (b, "c") references d (e, f) on delete cascade not valid',
      actions: [
        {
          does: 'add-constraint',
          table: 'a',
          isAlone: true,
          constraint: {
            name: 'f',
            kind: 'foreign-key',
            columns: ['b', 'c'],
            referenced: 'd',
            isValidated: false,
          },
        },
      ],
    },
    {
      sql: 'alter table a add constraint u unique using index i',
      actions: [{ does: 'add-constraint', constraint: { kind: 'unique', columns: [], usingIndex: 'i' } }],
    },
    {
      sql: 'alter table a add constraint c check (b is not null and d > 0)',
      actions: [{ constraint: { kind: 'check', columns: ['b', 'd'], provesNotNull: ['b'] } }],
    },
    {
      sql: 'create unique index concurrently if not exists i on only a using btree (b desc, lower(c)) include (d)',
      actions: [
        { does: 'add-index', table: 'a', name: 'i', columns: ['b', ''], isUnique: true, isPartial: false },
      ],
    },
    { sql: 'create index on a (b) where c > 0', actions: [{ does: 'add-index', isPartial: true }] },
    {
      sql: 'create table a (b int check (b is not null), c text primary key, constraint u unique (b, c))',
      actions: [
        { does: 'create-table', columns: [column, { name: 'c', isRequired: true }] },
        { does: 'add-constraint', constraint: { kind: 'check', columns: ['b'] } },
        { does: 'add-constraint', constraint: { kind: 'primary', columns: ['c'] } },
        {
          does: 'add-constraint',
          isAlone: false,
          constraint: { name: 'u', kind: 'unique', columns: ['b', 'c'] },
        },
      ],
    },
    {
      sql: 'create table a partition of b for values in (1)',
      actions: [{ does: 'create-table', table: 'a', columns: [], isPartitioned: false, partitionOf: 'b' }],
    },
    {
      sql: 'alter table a alter b type varchar(40) using ("b"::varchar(40))',
      actions: [
        { does: 'change-type', column: 'b', type: { name: 'varchar', numbers: [40] }, using: 'cast' },
      ],
    },
    {
      sql: 'alter table a alter b type int using length(b)',
      actions: [{ does: 'change-type', type, using: 'expression' }],
    },
    {
      sql: 'update only a set b = (select max(c) from d where true)',
      actions: [{ does: 'change-rows', table: 'a', how: 'update', isOfAll: true }],
    },
    {
      sql: 'update a set b = c where b is null and c is not null',
      actions: [{ does: 'change-rows', isOfAll: true }],
    },
    { sql: 'update a set b = c where b is distinct from c', actions: [{ isOfAll: true }] },
    { sql: `update a set b = 1 where d = 'x'`, actions: [{ isOfAll: false }] },
    {
      sql: 'insert into a select 1 on conflict (b) do update set c = 2 where a.b > 0',
      actions: [{ does: 'change-rows', table: 'a', how: 'insert' }],
    },
    { sql: 'select * from a for update of a', actions: [] },
    { sql: `do $$ begin delete from a; end $$`, actions: [] },
    { sql: `comment on column a.b is 'x'`, actions: [{ does: 'lock-table', table: 'a' }] },
    { sql: 'lock table a in share mode', actions: [{ does: 'lock-table', table: 'a', mode: 'ShareLock' }] },
    { sql: 'alter table order add', actions: [] },
  ];
  it.each(cases)('understands $sql', async ({ sql, actions }) => {
    expect(await readStatements([sql])).toMatchObject([{ text: sql, actions }]);
  });

  it('distinguishes a cascade from what happens to rows', async () => {
    const [drops, refers] = await readStatements([
      'drop view a cascade',
      'alter table a add b int references c on update cascade',
    ]);

    expect([drops?.cascades, refers?.cascades]).toEqual([true, false]);
  });

  it('recognizes what is done while others write', async () => {
    const statements = await readStatements([
      'create index concurrently i on a (b); drop index concurrently i; reindex table concurrently a',
      'create index i on a (b)',
    ]);

    expect(statements.map(({ isConcurrent }) => isConcurrent)).toEqual([true, true, true, false]);
  });
});
