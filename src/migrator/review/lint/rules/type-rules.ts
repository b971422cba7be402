/** Rules for columns that get another type. */
import { lossOf } from '../../sql/type-change.ts';
import { typeText } from '../../sql/tree.ts';
import type { Action, Statement } from '../../sql/action.ts';
import type { KnownSchema } from '../../sql/known-schema.ts';
import type { LintSubject } from '../lint-subject.ts';
import type { Breach, Rule } from './rule.ts';

export const typeRules: readonly Rule[] = [
  {
    name: 'type-change-keeps-values',
    help: "Take the cast out: without it PostgreSQL refuses a text that is too long. Where it would round all the same, first add a statement that refuses, such as do $$ begin if exists (select from t where c <> round(c, 2)) then raise exception 'c would be rounded'; end if; end $$. Or use changeTypeOnline, and state in its conversion what becomes of such values.",
    find: ({ up, down, before }) => {
      const after = before.copy();
      const losses = lossesIn(up, after);
      return [
        ...losses,
        ...lossesIn(down, after.copy()).map((loss) => ({
          ...loss,
          message: `${loss.message} on the way back`,
        })),
      ];
    },
  },
];

type TypeChange = Extract<Action, { does: 'change-type' }>;

/** Goes through the statements in order, and leaves the schema as they do. */
function lossesIn(statements: LintSubject['up'], schema: KnownSchema): Breach[] {
  return statements.flatMap((statement, index) => {
    const guards = statements.slice(0, index);
    const losses = statement.actions.flatMap((action) => {
      if (action.does !== 'change-type' || guards.some((guard) => isGuard(guard, action))) return [];
      const message = lossText(action, schema);
      return message === undefined ? [] : [{ message, statement: statement.text }];
    });
    schema.apply(statement);
    return losses;
  });
}

function lossText({ table, column, type, using }: TypeChange, schema: KnownSchema): string | undefined {
  // An expression says what becomes of the values.
  if (using === 'expression') return undefined;
  const from = schema.table(table)?.columns.get(column)?.type;
  const loss = lossOf(from, type, { isExplicit: using === 'cast' });
  if (loss === undefined) return undefined;
  const before = from === undefined ? 'a type that is not known here' : typeText(from);
  return `values of ${table}.${column} are ${loss} without an error where ${before} becomes ${typeText(type)}`;
}

/** Code that looks at the column and may raise an error. */
function isGuard({ isCode, text }: Statement, { table, column }: TypeChange): boolean {
  return isCode && /\braise\b/i.test(text) && text.includes(table) && text.includes(column);
}
