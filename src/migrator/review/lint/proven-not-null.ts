/** Whether `set not null` reads no rows, because an earlier migration has checked that there is no null. squawk sees one file only. */
import type { Statement } from '../sql/action.ts';
import type { LintSubject } from './lint-subject.ts';

/** Whether each column that the statement requires has a check against null that an earlier migration validated. */
export function isProvenNotNull({ actions }: Statement, { before }: LintSubject): boolean {
  const required = actions.filter((action) => action.does === 'set-not-null');
  return required.length > 0 && required.every(({ table, column }) => before.isProvenNotNull(table, column));
}
