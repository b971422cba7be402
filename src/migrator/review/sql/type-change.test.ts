import { describe, expect, it } from 'vitest';
import { readStatements } from './read-statements.ts';
import { lossOf } from './type-change.ts';
import type { ColumnType } from './tree.ts';

async function typeNamed(sql: string): Promise<ColumnType> {
  const [statement] = await readStatements([`alter table a alter b type ${sql}`]);
  const [action] = statement?.actions ?? [];
  if (action?.does !== 'change-type') throw new Error(`no type: ${sql}`);
  return action.type;
}

describe('the loss of a change of type', () => {
  const cases = [
    { from: 'varchar(20)', to: 'varchar(10)', loss: undefined, cast: 'cut off' },
    { from: 'varchar(20)', to: 'character varying(20)', loss: undefined, cast: undefined },
    { from: 'text', to: 'varchar(10)', loss: undefined, cast: 'cut off' },
    { from: 'text', to: 'char', loss: undefined, cast: 'cut off' },
    { from: 'varchar(20)', to: 'text', loss: undefined, cast: undefined },
    { from: 'bigint', to: 'int', loss: undefined, cast: undefined },
    { from: 'int', to: 'numeric(10,2)', loss: undefined, cast: undefined },
    { from: 'numeric(10,2)', to: 'numeric(12,2)', loss: undefined, cast: undefined },
    { from: 'numeric(10,2)', to: 'numeric(10,1)', loss: 'rounded', cast: 'rounded' },
    { from: 'numeric', to: 'decimal(10,4)', loss: 'rounded', cast: 'rounded' },
    { from: 'numeric(10,2)', to: 'numeric', loss: undefined, cast: undefined },
    { from: 'numeric(10)', to: 'bigint', loss: undefined, cast: undefined },
    { from: 'numeric(10,2)', to: 'bigint', loss: 'rounded', cast: 'rounded' },
    { from: 'double precision', to: 'int', loss: 'rounded', cast: 'rounded' },
    { from: 'float8', to: 'real', loss: 'rounded', cast: 'rounded' },
    { from: 'timestamptz', to: 'timestamptz(3)', loss: 'rounded', cast: 'rounded' },
    { from: 'timestamp(3)', to: 'timestamptz', loss: undefined, cast: undefined },
    { from: 'timestamp', to: 'date', loss: 'rounded', cast: 'rounded' },
  ];
  it.each(cases)('of $from to $to is $loss, and $cast by a cast', async ({ from, to, loss, cast }) => {
    const [before, after] = await Promise.all([typeNamed(from), typeNamed(to)]);

    expect([
      lossOf(before, after, { isExplicit: false }),
      lossOf(before, after, { isExplicit: true }),
    ]).toEqual([loss, cast]);
  });
});
