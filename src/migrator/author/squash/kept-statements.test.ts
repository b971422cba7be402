import { describe, expect, it } from 'vitest';
import { keptStatements } from './kept-statements.ts';

const kept = (...up: readonly string[]) => keptStatements([{ up, isElidable: false }]);

describe('an optimized squash', () => {
  it.each([
    'create extension citext',
    'alter table "orders" set (fillfactor = 50)',
    `insert into settings values ('a')`,
    'create function f() returns int language sql as $$ select 1 $$',
    "select setval('ids', 7)",
    'drop function older()',
  ])('keeps what no schema tells: %s', (statement) => {
    expect(kept('create table "orders" (id int)', statement)).toEqual([statement]);
  });

  it.each([
    'update "orders" set note = remark',
    'delete from only orders where id = 1',
    'update public.orders set a = 1',
  ])('leaves out what changes rows of a table that has none: %s', (statement) => {
    expect(kept('create table orders (id int)', statement, 'alter table orders drop column remark')).toEqual(
      [],
    );
  });

  it.each([
    ['rows that were put there', 'insert into orders values (1)'],
    [
      'rows that were put there under its former name',
      'insert into requests values (1)',
      'alter table requests rename to orders',
    ],
    ['rows that a function may have put there', 'select fill_orders()'],
    ['rows that a block may have put there', 'do $$ begin insert into orders values (1); end $$'],
    [
      'rows that a trigger may have put there',
      'create trigger t after insert on a execute function f()',
      'insert into a values (1)',
    ],
    ['rows that a query put there', 'create table orders as select 1 as id'],
  ])('keeps what changes %s', (_, ...before) => {
    expect(kept(...before, 'update orders set id = 2')).toContain('update orders set id = 2');
  });

  it('leaves out what is made and taken away again, and nothing else of the name', () => {
    const statements = [
      'create function "sync"() returns trigger language plpgsql as $$ begin return new; end $$',
      'create trigger "sync" before insert on "orders" for each row execute function "sync"()',
      'create trigger "sync" before insert on "trades" for each row execute function other()',
      'drop trigger "sync" on "orders"',
      'drop function "sync"()',
    ];

    expect(kept(...statements)).toEqual([statements[2]]);
  });

  it('keeps what is made again after it was taken away', () => {
    const make = 'create or replace view totals as select 1';

    expect(kept(make, make, 'drop view totals', make)).toEqual([make]);
  });

  it('leaves out all but the schema of what its author calls elidable', () => {
    const up = ['create extension citext', 'insert into settings values (1)'];

    expect(keptStatements([{ up, isElidable: true }])).toEqual([]);
  });
});
