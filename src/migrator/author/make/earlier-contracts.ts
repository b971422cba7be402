/** Which contracts a new migration has to come after: until they run, what they change is still there in the old way. */
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { readStatements } from '../../review/sql/read-statements.ts';
import { mentions } from './mentions.ts';
import type { Action, Statement } from '../../review/sql/action.ts';
import type { Draft } from './draft.ts';

/** A contract of the folder, and what it does. */
export interface EarlierContract {
  readonly name: string;
  readonly actions: readonly Action[];
}

/** Reads the contracts of a folder. Of one that asks the database while it runs nothing is known. */
export async function readContracts(folder: string): Promise<EarlierContract[]> {
  const all = await loadMigrations(folder);
  const names = new Set(all.map(({ name }) => name));
  // While the originals of a squash are there, they are what a database may wait for.
  const contracts = all.filter(
    ({ phase, replaces }) => phase === 'contract' && !replaces.some((original) => names.has(original)),
  );
  return Promise.all(
    contracts.map(async (contract) => {
      const statements = await readStatements((await renderSql(contract, 'up')) ?? []);
      return { name: contract.name, actions: statements.flatMap(({ actions }) => actions) };
    }),
  );
}

/**
 * Returns the contracts that change what the draft changes. A database may still wait for them, and would run them after it: a
 * column that is added again would be there already, one that may be null again would become required.
 */
export async function contractsBefore(
  { up }: Draft,
  contracts: readonly EarlierContract[],
): Promise<string[]> {
  const statements = await readStatements(up);
  const subjects = new Set(statements.flatMap(({ actions }) => actions.flatMap(subjectsOf)));
  return contracts
    .filter(({ actions }) =>
      actions.some(
        (action) =>
          subjectsOf(action).some((subject) => subjects.has(subject)) ||
          // To alter a table is to change parts of it; only what takes the whole of it waits for that.
          ('table' in action && action.table !== undefined && subjects.has(action.table)) ||
          // What is about a column before goes with it when another takes its place.
          (action.does === 'rename-column' &&
            statements.some((each) => isAbout(each, action.table, action.to))),
      ),
    )
    .map(({ name }) => name);
}

function isAbout({ actions, text }: Statement, table: string, column: string): boolean {
  return mentions(text, column) && actions.some((action) => 'table' in action && action.table === table);
}

/** A column as `table.column`; a unique constraint is an index of its name. To use a table is not to change it. */
function subjectsOf(action: Action): string[] {
  if (['reindex', 'move-table', 'lock-table', 'change-rows'].includes(action.does)) return [];
  const columns = [
    ...('column' in action && action.column !== undefined ? [nameOf(action.column)] : []),
    ...(action.does === 'rename-column' ? [action.to] : []),
  ];
  return [
    ...columns.map((column) => ('table' in action ? `${action.table}.${column}` : column)),
    ...('constraint' in action ? [nameOf(action.constraint)] : []),
    ...('index' in action ? [action.index ?? ''] : []),
    ...('name' in action ? [action.name] : []),
    ...(action.does === 'create-table' || action.does === 'drop-table' ? [action.table] : []),
    ...(action.does === 'rename-table' ? [action.table, action.to] : []),
  ];
}

function nameOf(part: string | { readonly name: string }): string {
  return typeof part === 'string' ? part : part.name;
}
