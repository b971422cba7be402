import { describe, expect, it } from 'vitest';
import { readStatements } from './sql-statement.ts';
import { splitStatements } from './sql-tokens.ts';

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
    { sql: 'select 1 -- one;\n + 1;\nselect 2', statements: ['select 1 -- one;\n + 1', 'select 2'] },
  ];
  it.each(cases)('makes $statements of $sql', ({ sql, statements }) => {
    expect(splitStatements(sql)).toEqual(statements);
  });
});

describe('reading', () => {
  const alter = { does: 'alter-table', table: 'a' };
  const cases = [
    { sql: 'drop table if exists public.a, "B c"', actions: [drop('a'), drop('B c')] },
    {
      sql: 'alter table only "a" drop column b, drop constraint c, add d int not null, rename to e',
      actions: [
        alter,
        { does: 'drop-column', table: 'a', column: 'b' },
        { does: 'add-column', table: 'a', column: { name: 'd', isRequired: true, hasDefault: false } },
        { does: 'rename-table', table: 'a', to: 'e' },
      ],
    },
    {
      sql: 'alter table a add column b numeric(10,2) null default 1, add c bigserial not null',
      actions: [
        alter,
        { does: 'add-column', table: 'a', column: { name: 'b', isRequired: false, hasDefault: true } },
        { does: 'add-column', table: 'a', column: { name: 'c', isRequired: true, hasDefault: true } },
      ],
    },
    {
      sql: 'alter table a rename b to c',
      actions: [alter, { does: 'rename-column', table: 'a', column: 'b', to: 'c' }],
    },
    { sql: 'alter table a rename constraint b to c', actions: [alter] },
    { sql: 'alter table a add constraint n not null b', actions: [alter] },
    {
      sql: 'alter table a add constraint f foreign key (b, "c") references d (e, f) on delete cascade',
      actions: [alter, { does: 'add-foreign-key', table: 'a', columns: ['b', 'c'] }],
    },
    { sql: 'alter table a add constraint u unique using index i', actions: [alter] },
    {
      sql: 'create unique index concurrently if not exists i on only a using btree (b desc, lower(c)) include (d)',
      actions: [{ does: 'add-index', table: 'a', columns: ['b', ''] }],
    },
    { sql: 'create index on a (b) where c > 0', actions: [alter] },
    {
      sql: 'create table a (b int check (b is not null), c text primary key, constraint u unique (b, c))',
      actions: [
        {
          does: 'create-table',
          table: 'a',
          columns: [
            { name: 'b', isRequired: false, hasDefault: false },
            { name: 'c', isRequired: true, hasDefault: false },
          ],
        },
        { does: 'add-index', table: 'a', columns: ['c'] },
        { does: 'add-index', table: 'a', columns: ['b', 'c'] },
      ],
    },
    {
      sql: 'create table a partition of b for values in (1)',
      actions: [
        { does: 'create-table', table: 'a', columns: [] },
        { does: 'add-partitions', table: 'a' },
      ],
    },
    {
      sql: `alter type m add value if not exists 'x' before 'y'`,
      actions: [{ does: 'add-enum-value', value: 'x' }],
    },
    {
      sql: 'update only a set b = (select max(c) from d where true)',
      actions: [{ does: 'change-rows', table: 'a', how: 'update', hasWhere: false }],
    },
    {
      sql: 'insert into a select 1 on conflict (b) do update set c = 2 where a.b > 0',
      actions: [{ does: 'change-rows', table: 'a', how: 'insert', hasWhere: true }],
    },
    { sql: 'select * from a for update of a', actions: [] },
    { sql: `do $$ begin delete from a; end $$`, actions: [] },
  ];
  it.each(cases)('understands $sql', ({ sql, actions }) => {
    expect(readStatements([sql])).toMatchObject([{ text: sql, actions }]);
  });

  it('tells what cascades from what happens to rows', () => {
    const [drops, refers] = readStatements([
      'drop view a cascade',
      'alter table a add b int references c on update cascade',
    ]);

    expect([drops?.cascades, refers?.cascades]).toEqual([true, false]);
  });
});

function drop(table: string): object {
  return { does: 'drop-table', table };
}
