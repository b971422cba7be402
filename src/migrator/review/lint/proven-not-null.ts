/** Whether `set not null` reads no rows, because an earlier migration has checked that there is no null. squawk sees one file only. */
import type { LintContext, LintSubject } from './lint-subject.ts';
import type { Statement } from './sql-action.ts';

const SET_NOT_NULL = /\balter\s+(?:column\s+)?("[^"]+"|\w+)\s+set\s+not\s+null\b/gi;
const ADD_CHECK = /\badd\s+constraint\s+("[^"]+"|\w+)\s+check\s*\(\s*("[^"]+"|\w+)\s+is\s+not\s+null\s*\)/gi;
const VALIDATE = /\bvalidate\s+constraint\s+("[^"]+"|\w+)/gi;

/** Whether each column that the statement requires has a check against null that an earlier migration validated. */
export function isProvenNotNull(
  statement: Statement,
  subject: LintSubject,
  { subjects }: LintContext,
): boolean {
  const earlier = subjects
    .slice(0, subjects.indexOf(subject))
    .flatMap(({ up }) => up)
    .filter((other) => tableOf(other) === tableOf(statement));
  const validated = new Set(
    earlier.flatMap(({ text }) => matches(text, VALIDATE).map(([name = '']) => name)),
  );
  const checked = new Set(
    earlier
      .flatMap(({ text }) => matches(text, ADD_CHECK))
      .flatMap(([constraint = '', column = '']) => (validated.has(constraint) ? [column] : [])),
  );
  const required = matches(statement.text, SET_NOT_NULL).map(([column = '']) => column);
  return required.length > 0 && required.every((column) => checked.has(column));
}

function tableOf({ actions }: Statement): string | undefined {
  const [first] = actions;
  return first?.does === 'alter-table' ? first.table : undefined;
}

/** Returns what the groups of each match hold, without quotes. */
function matches(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups.map((group) => group.replaceAll('"', '')));
}
