import { describe, expect, it } from 'vitest';
import { refuseLoss } from '../../author/recipes/refuse-loss.ts';
import { findRemovals } from './find-removals.ts';

describe('what statements take away', () => {
  const harmless = [
    'alter table "orders" drop constraint "orders_check"',
    'alter table orders drop constraint if exists orders_check, add column note text',
    'alter table orders alter column note drop default, alter column note drop not null',
    'alter table orders alter column id drop identity if exists, alter column total drop expression',
    'drop index "orders_index"',
    'update orders set note = null',
  ];
  it.each(harmless)('is nothing for: %s', (statement) => {
    expect(findRemovals([statement])).toEqual([]);
  });

  const cases = [
    { statement: 'drop table "orders";', removals: [{ kind: 'table', table: '"orders"' }] },
    {
      statement: 'DROP TABLE IF EXISTS trading."orders", fills CASCADE',
      removals: [
        { kind: 'table', table: 'trading."orders"' },
        { kind: 'table', table: 'fills' },
      ],
    },
    {
      statement: 'alter table "orders" drop column "note", drop column if exists "a ""b""";',
      removals: [
        { kind: 'column', table: '"orders"', column: '"note"' },
        { kind: 'column', table: '"orders"', column: '"a ""b"""' },
      ],
    },
    {
      statement: 'alter table only orders drop note, drop constraint orders_check',
      removals: [{ kind: 'column', table: 'orders', column: 'note' }],
    },
    {
      statement: 'alter table a drop column x; alter table b drop column y',
      removals: [
        { kind: 'column', table: 'a', column: 'x' },
        { kind: 'column', table: 'b', column: 'y' },
      ],
    },
    {
      statement:
        'alter table "orders" alter column "note" type varchar(20) using ("note"::varchar(20)), alter size type numeric(10, 2)',
      removals: [
        { kind: 'values', table: '"orders"', column: '"note"', type: 'varchar(20)', isRefused: false },
        { kind: 'values', table: '"orders"', column: 'size', type: 'numeric(10, 2)', isRefused: false },
      ],
    },
    {
      statement: refuseLoss({ table: 'orders', column: 'note', from: 'text', to: 'varchar(20)' }),
      removals: [
        { kind: 'values', table: '"orders"', column: '"note"', type: 'varchar(20)', isRefused: true },
      ],
    },
    { statement: 'delete from orders where id = 1', removals: [{ kind: 'rows', table: 'orders' }] },
    { statement: 'truncate table "orders"', removals: [{ kind: 'rows', table: '"orders"' }] },
  ];
  it.each(cases)('is found in: $statement', ({ statement, removals }) => {
    expect(findRemovals([statement])).toEqual(removals);
  });

  it('is told once, however often it is stated', () => {
    expect(findRemovals(['drop table if exists orders', 'drop table if exists orders'])).toHaveLength(1);
  });
});
