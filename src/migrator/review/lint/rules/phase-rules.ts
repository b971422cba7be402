/** Rules for phases: what an old and a new version of the server, side by side, can live with. */
import { hasDown } from '../../../run/migration.ts';
import type { Breach, LintContext, LintSubject, Rule } from '../lint-subject.ts';
import type { Action, Statement } from '../../sql/action.ts';

export const phaseRules: readonly Rule[] = [
  {
    name: 'phase-fits-statements',
    help: 'Give it the phase that fits. What an old version of the server still uses is removed in a contract; rows are changed in a data migration; all else is expand.',
    find: findUnfitting,
  },
  {
    name: 'contract-not-with-expand',
    help: 'Put what is added or gets another name into an expand of an earlier release, for a name by renameColumnOnline: a contract waits until the old version is gone, and the new one needs it before.',
    // A squash is applied by new databases only, where both run at once.
    find: ({ migration: { phase, replaces }, up }) =>
      phase === 'contract' && replaces.length === 0
        ? breaches(up, additionOf(up), (what) => `a contract ${what}`)
        : [],
  },
  {
    name: 'drop-needs-prior-release',
    help: 'Take it out of the entities and release that; drop it in a contract of a later release. Until then the old version of the server reads and writes it.',
    find: findEarlyDrops,
  },
  {
    name: 'down-or-irreversible',
    help: `Write "override down()", or say why there is no way back: "static override readonly irreversible = '…'".`,
    find: ({ migration, up, down, isDynamic }) => {
      const reason = migration.irreversible;
      if (reason !== undefined)
        return reason.trim() === '' ? [{ message: 'it is irreversible without a reason' }] : [];
      if (!hasDown(migration.migrationClass)) return [{ message: 'there is no way back' }];
      const isEmpty = !isDynamic && down.length === 0 && !up.every(isWithoutTrace);
      return isEmpty ? [{ message: 'its down does nothing' }] : [];
    },
  },
];

/** A validated constraint does no harm, so nothing takes it back. */
function isWithoutTrace({ actions }: Statement): boolean {
  return actions.length > 0 && actions.every(({ does }) => does === 'validate-constraint');
}

function findUnfitting(subject: LintSubject): Breach[] {
  const { migration, up, newTables } = subject;
  const { phase } = migration;
  if (phase === undefined || phase === 'contract') return [];
  const removals = breaches(up, removalFrom(newTables), (what) => `${phase} ${what}`);
  const schema = up.filter(({ kind }) => kind === 'schema');
  if (phase === 'data') {
    const [first] = schema;
    return first === undefined
      ? removals
      : [...removals, { message: 'data changes the schema', statement: first.text }];
  }
  const isDataOnly = schema.length === 0 && up.some(({ kind }) => kind === 'data');
  const restrictions = breaches(up, restrictionFor(subject), (what) => `expand ${what}`).map((breach) => ({
    ...breach,
    help: RESTRICTION_HELP,
  }));
  const faults = [...removals, ...restrictions];
  return isDataOnly ? [...faults, { message: 'expand changes rows and nothing else' }] : faults;
}

function findEarlyDrops({ up, newTables }: LintSubject, { recordColumns }: LintContext): Breach[] {
  const describe = (action: Action): string | undefined => {
    if (!('table' in action) || action.table === undefined || newTables.has(action.table)) return undefined;
    const columns = recordColumns.get(action.table);
    if (action.does === 'drop-table') return columns && action.table;
    // A column that takes the name over is what the entities mean: the end of a change of type.
    if (action.does !== 'drop-column' || columns?.has(action.column) !== true) return undefined;
    return takesOver(up, action) ? undefined : `${action.table}.${action.column}`;
  };
  return breaches(up, describe, (what) => `the entities still have ${what}`);
}

interface ColumnName {
  readonly table: string;
  readonly column: string;
}

/** Whether a statement gives that name to another column. */
function takesOver(up: readonly Statement[], { table, column }: ColumnName): boolean {
  return up.some(({ actions }) =>
    actions.some(
      (action) => action.does === 'rename-column' && action.table === table && action.to === column,
    ),
  );
}

/** What is new under its name; the end of a change of type is not. */
function additionOf(up: readonly Statement[]): (action: Action) => string | undefined {
  const isDropped = (table: string, column: string): boolean =>
    up.some(({ actions }) =>
      actions.some(
        (action) => action.does === 'drop-column' && action.table === table && action.column === column,
      ),
    );
  return (action) => {
    if (action.does === 'create-table') return `creates ${action.table}`;
    if (action.does === 'rename-table') return `renames ${action.table} to ${action.to}`;
    if (action.does === 'add-column') return `adds ${action.table}.${action.column.name}`;
    return action.does === 'rename-column' && !isDropped(action.table, action.to)
      ? `renames ${action.table}.${action.column} to ${action.to}`
      : undefined;
  };
}

function removalFrom(newTables: ReadonlySet<string>): (action: Action) => string | undefined {
  return (action) => {
    if (!('table' in action) || newTables.has(action.table)) return undefined;
    if (action.does === 'drop-table') return `drops ${action.table}`;
    if (action.does === 'rename-table') return `renames ${action.table}`;
    if (action.does === 'move-table') return `moves ${action.table} to another schema`;
    if (action.does === 'drop-column') return `drops ${action.table}.${action.column}`;
    return action.does === 'rename-column' ? `renames ${action.table}.${action.column}` : undefined;
  };
}

const RESTRICTION_HELP =
  'State phase "contract". The old version of the server still writes what this refuses (two rows of one name, a row that refers to none), and would fail. First release code that keeps to it, then fix the rows that break it; "manage db migrate --contract" runs it when no copy of the old version runs.';

/** What refuses rows that were allowed. Nothing writes to a table or column that is new, but the version that comes with it. */
function restrictionFor({
  newTables,
  newColumns,
  before,
}: LintSubject): (action: Action) => string | undefined {
  const isOld = (table: string, columns: readonly string[]): boolean =>
    !newTables.has(table) && !columns.some((column) => newColumns.has(`${table}.${column}`));
  return (action) => {
    if (action.does === 'add-index') {
      const { table, columns, isUnique } = action;
      const isNarrower = isUnique && isOld(table, columns) && !before.isUnique(table, columns);
      return isNarrower ? `makes ${columnsText(action)} unique` : undefined;
    }
    if (action.does !== 'add-constraint') return undefined;
    const { table, constraint } = action;
    // The index was there before, and refused them.
    if (constraint.usingIndex !== undefined || !isOld(table, constraint.columns)) return undefined;
    const { columns, kind, referenced } = constraint;
    const what = columnsText({ table, columns });
    switch (kind) {
      case 'unique':
      case 'primary':
        return before.isUnique(table, columns) ? undefined : `makes ${what} unique`;
      case 'foreign-key':
        return before.refers(table, columns, referenced)
          ? undefined
          : `binds ${what} to ${referenced ?? 'another table'}`;
      case 'exclude':
        return `excludes rows of ${table}`;
      // Whether a check allows less than another before it is for a person to see.
      case 'check':
      case 'not-null':
        return undefined;
    }
  };
}

function columnsText({
  table,
  columns,
}: {
  readonly table: string;
  readonly columns: readonly string[];
}): string {
  const names = columns.map((column) => (column === '' ? 'an expression' : column));
  return `${table} (${names.join(', ')})`;
}

function breaches(
  statements: readonly Statement[],
  describe: (action: Action) => string | undefined,
  say: (what: string) => string,
): Breach[] {
  return statements.flatMap(({ actions, text }) =>
    actions.flatMap((action) => {
      const what = describe(action);
      return what === undefined ? [] : [{ message: say(what), statement: text }];
    }),
  );
}
