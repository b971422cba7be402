/** Rules that a `down` restores. Newer rows may break them, and going back must not fail for that. */
import { identifier, literal } from '../../run/connect/sql-text.ts';

/**
 * Returns the statement that brings a rule back where the rows allow it; where they do not, it warns and leaves the rule off. `drift`
 * shows that it is missing.
 */
export function restoreRule(statement: string): string {
  return tryOrWarn(statement, {
    warning: 'Not restored, because rows break it',
    hint: `Fix the rows, and run: ${statement}`,
  });
}

/** Returns the statements that bring a check or a foreign key back, which then holds for new rows whatever the others are like. */
export function restoreConstraint(table: string, name: string, create: string): string[] {
  const validate = `alter table ${identifier(table)} validate constraint ${identifier(name)}`;
  const look = brokenRows(table, create);
  const warning = 'Restored for new and changed rows only (not valid), because other rows break it';
  const hint = `${look === undefined ? 'Fix the rows' : `Fix the rows that this shows: ${look}`}; then run: ${validate}`;
  return [`${create} not valid`, tryOrWarn(validate, { warning, hint })];
}

function tryOrWarn(
  statement: string,
  { warning, hint }: { readonly warning: string; readonly hint: string },
): string {
  return `do $restore$
begin
  ${statement};
exception when integrity_constraint_violation then
  raise warning '${warning}: %', sqlerrm using hint = ${literal(hint).trim()};
end
$restore$`;
}

const CHECK = /\bcheck (\(.*\))$/s;
const FOREIGN_KEY = /\bforeign key (\([^)]*\)) references (.+?) (\([^)]*\))/s;

/** Returns the query for the rows that break a constraint; undefined for one that is spelled in another way. */
function brokenRows(table: string, create: string): string | undefined {
  const from = `select * from ${identifier(table)}`;
  const condition = CHECK.exec(create)?.[1];
  if (condition !== undefined) return `${from} where not ${condition}`;
  const [, columns, referenced, key] = FOREIGN_KEY.exec(create) ?? [];
  if (columns === undefined) return undefined;
  // A key of which a part is null refers to nothing.
  return `${from} where ${columns} is not null and ${columns} not in (select ${key?.slice(1, -1)} from ${referenced} where ${key} is not null)`;
}
