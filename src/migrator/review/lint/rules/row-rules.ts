/** Rules for statements that change rows. */
import type { Rule } from '../lint-subject.ts';
import type { Action, RowChange } from '../../sql/action.ts';

/** Tables in which a migration only notes what is to be done later; their few rows are no data. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['backfill_jobs']);

export const rowRules: readonly Rule[] = [
  {
    name: 'no-data-and-schema-together',
    help: 'Put the rows into a data migration of their own: together, the locks of the schema are held as long as the rows take.',
    find: ({ up, newTables }) => {
      const changesSchema = up.some(({ kind }) => kind === 'schema');
      // The end of a backfill: a contract takes the last rows along and notes the backfill as done.
      const isSweep = up.some(({ actions }) =>
        changes(actions, 'update').some((table) => BOOKKEEPING.has(table)),
      );
      if (!changesSchema || isSweep) return [];
      return up
        .filter(
          ({ kind, actions }) =>
            kind === 'data' && changes(actions).some((table) => !isExempt(table, newTables)),
        )
        .map(({ text }) => ({ message: 'it changes rows and the schema', statement: text }));
    },
  },
  {
    name: 'update-needs-backfill',
    help: 'Use startBackfill of src/migrator/recipes.ts: the server then changes the rows in small batches while it runs. One statement holds all rows until it ends: 400,000 took 18 s, in which none of them could be written. If the table stays small, waive this rule and say how small.',
    find: ({ migration: { phase }, up, newTables }) =>
      phase === 'contract'
        ? []
        : up.flatMap(({ actions, text }) =>
            actions.flatMap((action) =>
              action.does === 'change-rows' &&
              action.how === 'update' &&
              action.isOfAll &&
              !isExempt(action.table, newTables)
                ? [{ message: `it writes every row of ${action.table} in one statement`, statement: text }]
                : [],
            ),
          ),
  },
  {
    name: 'delete-without-where',
    help: 'Say which rows. To empty a table is to lose it; waive this rule if that is meant, and say why.',
    find: ({ up, newTables }) =>
      up.flatMap(({ actions, text }) =>
        actions.flatMap((action) =>
          action.does === 'change-rows' &&
          (action.how === 'delete' || action.how === 'truncate') &&
          action.isOfAll &&
          !isExempt(action.table, newTables)
            ? [{ message: `it deletes all rows of ${action.table}`, statement: text }]
            : [],
        ),
      ),
  },
];

function changes(actions: readonly Action[], kind?: RowChange): string[] {
  return actions.flatMap((action) =>
    action.does === 'change-rows' && (kind === undefined || action.how === kind) ? [action.table] : [],
  );
}

function isExempt(table: string, newTables: ReadonlySet<string>): boolean {
  return newTables.has(table) || BOOKKEEPING.has(table);
}
