/** Requiring a column of a table in use, without a scan under a lock that blocks all use. */
import { conventionalName, identifier } from '../../run/connect/sql-text.ts';
import { restoreConstraint } from './restore-rule.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/** The three migrations, in order. */
export interface NotNullSteps {
  readonly check: Step;
  readonly validate: Step;
  readonly finish: Step;
}

/**
 * Requires a column, in three migrations: nothing may write null any more when the first of them runs. A check does it on every
 * PostgreSQL from 12 on, where `not null … not valid` needs 18.
 *
 * - `check` refuses null from now on. ACCESS EXCLUSIVE on the table for about a millisecond.
 * - `validate`, a migration of its own, reads all rows. SHARE UPDATE EXCLUSIVE: reads and writes continue. About 0.1 s a million rows.
 * - `finish` makes it `not null`, which the check proves without reading. ACCESS EXCLUSIVE for about a millisecond. Its `down`
 *   brings the check back as far as the rows keep it, and reads them under that lock.
 *
 * Phase: `contract` where an older version of the server still writes null, otherwise `expand`.
 */
export function setNotNullOnline({
  table,
  column,
}: {
  readonly table: string;
  readonly column: string;
}): NotNullSteps {
  const alter = `alter table ${identifier(table)}`;
  const checkName = conventionalName(table, [column, 'not_null'], 'check');
  const name = identifier(checkName);
  const check = `add constraint ${name} check (${identifier(column)} is not null)`;
  const drop = `${alter} drop constraint ${name}`;
  return {
    check: { up: [`${alter} ${check} not valid`], down: [drop] },
    // A validated check does no harm; the step before drops it.
    validate: { up: [`${alter} validate constraint ${name}`], down: [] },
    finish: {
      up: [`${alter} alter column ${identifier(column)} set not null`, drop],
      // A contract that was taken back before may have brought the column back empty.
      down: [
        ...restoreConstraint(table, checkName, `${alter} ${check}`),
        `${alter} alter column ${identifier(column)} drop not null`,
      ],
    },
  };
}
