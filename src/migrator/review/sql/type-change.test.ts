import { describe, expect, it } from 'vitest';
import { readStatements } from './read-statements.ts';
import { losesSilently } from './type-change.ts';
import type { ColumnType } from './tree.ts';

async function typeNamed(sql: string): Promise<ColumnType> {
  const [statement] = await readStatements([`alter table a alter b type ${sql}`]);
  const [action] = statement?.actions ?? [];
  if (action?.does !== 'change-type') throw new Error(`no type: ${sql}`);
  return action.type;
}

describe('the loss of a change of type', () => {
  const cases = [
    { from: 'varchar(20)', to: 'varchar(10)', loss: false, cast: true },
    { from: 'varchar(20)', to: 'character varying(20)', loss: false, cast: false },
    { from: 'text', to: 'varchar(10)', loss: false, cast: true },
    { from: 'text', to: 'char', loss: false, cast: true },
    { from: 'varchar(20)', to: 'text', loss: false, cast: false },
    { from: 'bigint', to: 'int', loss: false, cast: false },
    { from: 'int', to: 'numeric(10,2)', loss: false, cast: false },
    { from: 'numeric(10,2)', to: 'numeric(12,2)', loss: false, cast: false },
    { from: 'numeric(10,2)', to: 'numeric(10,1)', loss: true, cast: true },
    { from: 'numeric', to: 'decimal(10,4)', loss: true, cast: true },
    { from: 'numeric(10,2)', to: 'numeric', loss: false, cast: false },
    { from: 'numeric(10)', to: 'bigint', loss: false, cast: false },
    { from: 'numeric(10,2)', to: 'bigint', loss: true, cast: true },
    { from: 'double precision', to: 'int', loss: true, cast: true },
    { from: 'float8', to: 'real', loss: true, cast: true },
    { from: 'timestamptz', to: 'timestamptz(3)', loss: true, cast: true },
    { from: 'timestamp(3)', to: 'timestamptz', loss: false, cast: false },
    { from: 'timestamp', to: 'date', loss: true, cast: true },
  ];
  it.each(cases)('of $from to $to: $loss, and by a cast $cast', async ({ from, to, loss, cast }) => {
    const [before, after] = await Promise.all([typeNamed(from), typeNamed(to)]);

    expect([
      losesSilently(before, after, { isExplicit: false }),
      losesSilently(before, after, { isExplicit: true }),
    ]).toEqual([loss, cast]);
  });
});
