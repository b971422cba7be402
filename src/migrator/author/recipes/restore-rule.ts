/** Rules that a way back brings again. Rows that came since may break them, and going back must not end there. */
import { identifier } from '../../run/connect/sql-text.ts';

/**
 * Returns the statement that brings a rule back where the rows allow it; where they do not, it warns and leaves the rule off. `drift`
 * tells that it is missing.
 */
export function restoreRule(statement: string): string {
  return `do $restore$
begin
  ${statement};
exception when integrity_constraint_violation then
  raise warning 'Not restored, because rows break it: %', sqlerrm;
end
$restore$`;
}

/** Returns the statements that bring a check or a foreign key back, which then holds for new rows whatever the others are like. */
export function restoreConstraint(table: string, name: string, create: string): string[] {
  const validate = `alter table ${identifier(table)} validate constraint ${identifier(name)}`;
  return [`${create} not valid`, restoreRule(validate)];
}
