/** Rules for statements that change the schema. */
import type { LintContext, LintSubject } from '../lint-subject.ts';
import type { Action, Statement } from '../../sql/action.ts';
import type { Breach, Rule } from './rule.ts';

export const schemaRules: readonly Rule[] = [
  {
    name: 'one-statement-when-nontransactional',
    help: 'Give each statement a migration of its own. Without a transaction, what went well before a failure stays, and the next try meets it.',
    find: ({ migration: { transactional }, up, down }) =>
      transactional
        ? []
        : [up, down]
            .filter(({ length }) => length > 1)
            .map(({ length }) => ({ message: `it runs ${length} statements without a transaction` })),
  },
  {
    name: 'concurrently-needs-nontransactional',
    help: 'Add "static override readonly transactional = false"; PostgreSQL refuses it inside a transaction.',
    find: ({ migration: { transactional }, up, down }) =>
      transactional
        ? select([...up, ...down], ({ isConcurrent }) => isConcurrent, 'it runs concurrently')
        : [],
  },
  {
    name: 'no-cascade-drop',
    help: 'Drop what depends on it by name, each in a statement. Cascade also takes what you did not think of, such as a view or a foreign key.',
    find: ({ up, down }) => select([...up, ...down], ({ cascades }) => cascades, 'it cascades'),
  },
  {
    name: 'no-table-rename-by-drop',
    help: 'If the new table is the old one under another name, its rows would be lost: rename it, or move the rows in releases. If they are two matters, put them into two migrations.',
    find: ({ up }) => {
      const made = actionsOf(up, 'create-table').map(({ table }) => table);
      const dropped = actionsOf(up, 'drop-table').map(({ table }) => table);
      const isBoth = made.length > 0 && dropped.length > 0;
      return isBoth ? [{ message: `it creates ${made.join(', ')} and drops ${dropped.join(', ')}` }] : [];
    },
  },
  {
    name: 'rename-needs-ack',
    help: 'The generator guesses renames, and the running version knows the old name only. Use the recipe that adds, fills and later drops; or waive this rule and say why nobody is hurt.',
    find: (subject) => (renamesByRecipe(subject) ? [] : findRenames(subject)),
  },
  {
    name: 'required-column-needs-default',
    help: 'A table with rows refuses it, and the running version does not fill it. Add it with a constant default, or nullable: fill it by a backfill and make it required in a later release.',
    find: ({ up, newTables }) =>
      up.flatMap(({ actions, text }) =>
        actions.flatMap((action) => {
          if (action.does !== 'add-column' || newTables.has(action.table)) return [];
          const { name, isRequired, hasDefault } = action.column;
          const isSafe = !isRequired || hasDefault;
          return isSafe
            ? []
            : [{ message: `${action.table}.${name} is required without a default`, statement: text }];
        }),
      ),
  },
  {
    name: 'partition-needs-helper',
    help: 'Copying a table into partitions holds it against everybody for as long as that takes. Make the partitioned table beside it in an expand, fill it by startBackfill, and drop the old one in a contract, when the code has changed over; keep partitionBy out of the record until then.',
    find: findRepartitioned,
  },
  {
    name: 'fk-needs-index',
    help: 'Make an index that begins with the columns of the foreign key; without it each delete in the other table reads this one from end to end.',
    find: findUnindexedKeys,
  },
  {
    name: 'enum-add-and-use',
    help: 'Use the value in a later migration: PostgreSQL refuses it in the transaction that adds it (SQLSTATE 55P04).',
    find: ({ up }) =>
      up.flatMap(({ actions }, index) =>
        actions.flatMap((action) =>
          action.does === 'add-enum-value'
            ? select(
                up.slice(index + 1),
                ({ strings }) => strings.includes(action.value),
                `it uses '${action.value}', which it adds`,
              )
            : [],
        ),
      ),
  },
];

function findUnindexedKeys({ up }: LintSubject, { subjects }: LintContext): Breach[] {
  const indexes = subjects.flatMap((subject) =>
    subject.up.flatMap(({ actions }) => actions.flatMap(indexOf)),
  );
  const isIndexed = (table: string, columns: readonly string[]): boolean =>
    indexes.some(
      (index) => index.table === table && isSameSet(index.columns.slice(0, columns.length), columns),
    );
  return up.flatMap(({ actions, text }) =>
    actions.flatMap((action) => {
      if (action.does !== 'add-constraint' || action.constraint.kind !== 'foreign-key') return [];
      const { columns } = action.constraint;
      if (isIndexed(action.table, columns)) return [];
      return [{ message: `no index of ${action.table} begins with ${columns.join(', ')}`, statement: text }];
    }),
  );
}

/** An index of whole columns over all rows finds the rows of a foreign key. */
function indexOf(action: Action): { readonly table: string; readonly columns: readonly string[] }[] {
  if (action.does === 'add-index') return action.isPartial ? [] : [action];
  if (action.does !== 'add-constraint') return [];
  const { kind, columns } = action.constraint;
  return kind === 'unique' || kind === 'primary' ? [{ table: action.table, columns }] : [];
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && new Set(some).isSubsetOf(new Set(others));
}

/** The last step of a recipe gives a column its name back; its SQL is not spelt in the file, and no guess is in it. */
function renamesByRecipe({ code }: LintSubject): boolean {
  return /\b(?:renameColumnOnline|changeTypeOnline)\b/.test(code) && !/\brename\s/i.test(code);
}

function findRenames({ up, newTables }: LintSubject): Breach[] {
  return up.flatMap(({ actions, text }) =>
    actions.flatMap((action) => {
      const isRename = action.does === 'rename-column' || action.does === 'rename-table';
      if (!isRename || newTables.has(action.table)) return [];
      const from = 'column' in action ? `${action.table}.${action.column}` : action.table;
      return [{ message: `it renames ${from} to ${action.to}`, statement: text }];
    }),
  );
}

/** What MikroORM writes where a record's partitionBy has changed: a partitioned table takes the place of one with rows. */
function findRepartitioned({ up, newTables, before }: LintSubject): Breach[] {
  const made = actionsOf(up, 'create-table').filter(({ isPartitioned }) => isPartitioned);
  const gone = up.flatMap(({ actions, text }) =>
    actions.flatMap((action) => {
      const isGone =
        action.does === 'drop-table' || action.does === 'rename-table' || action.does === 'move-table';
      const isInUse = isGone && (!newTables.has(action.table) || before.table(action.table) !== undefined);
      return isInUse ? [{ table: action.table, text }] : [];
    }),
  );
  if (made.length === 0) return [];
  return gone.map(({ table, text }) => ({
    message: `it puts ${made.map((each) => each.table).join(', ')}, which is partitioned, in the place of ${table}`,
    statement: text,
  }));
}

function select(
  statements: readonly Statement[],
  isBreach: (statement: Statement) => boolean,
  message: string,
): Breach[] {
  return statements.filter(isBreach).map(({ text }) => ({ message, statement: text }));
}

function actionsOf<Does extends Action['does']>(
  statements: readonly Statement[],
  does: Does,
): Extract<Action, { does: Does }>[] {
  return statements
    .flatMap(({ actions }) => actions)
    .filter((action): action is Extract<Action, { does: Does }> => action.does === does);
}
