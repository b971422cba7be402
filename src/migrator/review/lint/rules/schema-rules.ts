/** Rules for statements that change the schema. */
import { builtInVolatility, effectsOf } from '../../statement-effects.ts';
import { losesSilently } from '../../sql/type-change.ts';
import { isStronger, whoWaits } from '../../trace/lock-modes.ts';
import { typeText } from '../../sql/tree.ts';
import type { Breach, LintContext, LintSubject, Rule } from '../lint-subject.ts';
import type { Action, Statement } from '../../sql/action.ts';
import type { KnownSchema } from '../../sql/known-schema.ts';
import type { LockMode } from '../../trace/lock-modes.ts';

export const schemaRules: readonly Rule[] = [
  {
    name: 'one-statement-when-nontransactional',
    help: 'Give each statement a migration of its own, and write "if not exists" or "if exists" in it. Without a transaction, what succeeded before a failure stays, and the next try meets it.',
    find: ({ migration: { transactional }, up, down }) =>
      transactional
        ? []
        : [
            ...[up, down]
              .filter(({ length }) => length > 1)
              .map(({ length }) => ({ message: `it runs ${length} statements without a transaction` })),
            ...select([...up, ...down], isUnrepeatable, 'it cannot be repeated'),
          ],
  },
  {
    name: 'no-cascade-drop',
    help: 'Drop what depends on it by name, each in a statement. Cascade also takes what you did not think of, such as a view or a foreign key.',
    find: ({ up, down }) => select([...up, ...down], ({ cascades }) => cascades, 'it cascades'),
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
    name: 'fk-needs-index',
    help: 'Make an index that begins with the columns of the foreign key; without it each delete in the other table reads this one from end to end.',
    find: findUnindexedKeys,
  },
  {
    name: 'long-lock',
    help: 'Do it the online way, by a recipe of src/migrator/recipes.ts: createIndexConcurrently, addUniqueOnline, addCheckOnline, addForeignKeyOnline, setNotNullOnline, changeTypeOnline. If the table stays small, waive this rule and say how small.',
    find: findLongLocks,
  },
  {
    name: 'type-change-keeps-values',
    help: 'Put refuseLoss of src/migrator/recipes.ts before it, which counts such values and fails; and take a cast out: without it PostgreSQL itself refuses a text that is too long. Or use changeTypeOnline, and state in its conversion what becomes of them.',
    find: ({ up, down, before }) => {
      const schema = before.copy();
      return [...lossesIn(up, schema), ...lossesIn(down, schema)];
    },
  },
  {
    name: 'is-sql',
    help: 'PostgreSQL would refuse it. Fix it.',
    find: ({ up, down }) => select([...up, ...down], ({ isRefused }) => isRefused, 'it is no SQL'),
  },
];

/** A process that is killed between such a statement and its record runs it again. */
function isUnrepeatable({ actions, text }: Statement): boolean {
  return (
    actions.some(({ does }) => /^(?:add|drop)-index$/.test(does)) && !/\bif (?:not )?exists\b/i.test(text)
  );
}

/** Work on all rows under a lock that keeps others from writing or reading, be it of an earlier statement of the transaction. */
function findLongLocks({ up, migration, before, newTables }: LintSubject): Breach[] {
  const schema = before.copy();
  const isMade = (table: string): boolean => newTables.has(table);
  const held = new Map<string, LockMode>();
  return up.flatMap((statement) => {
    if (!migration.transactional) held.clear();
    const effects = effectsOf(statement, { schema, isMade, isVolatile: builtInVolatility });
    schema.apply(statement);
    const ofOthers = effects.filter(({ table }) => !isMade(table));
    for (const { table, mode } of ofOthers) if (isStronger(mode, held.get(table))) held.set(table, mode);
    if (statement.kind === 'data') return [];
    return ofOthers.flatMap(({ table, isRewritten = false, isScanned = false }) => {
      const mode = held.get(table) ?? 'AccessShareLock';
      if (!(isRewritten || isScanned) || !isStronger(mode, 'ShareUpdateExclusiveLock')) return [];
      const what = isRewritten ? 'rewritten' : 'read';
      const message = `all rows of ${table} are ${what} while ${whoWaits(mode)}`;
      return [{ message, statement: statement.text }];
    });
  });
}

/** Goes through the statements in order, and leaves the schema as they do. */
function lossesIn(statements: readonly Statement[], schema: KnownSchema): Breach[] {
  return statements.flatMap((statement, index) => {
    const guards = statements.slice(0, index);
    const losses = statement.actions.flatMap((action) => {
      if (action.does !== 'change-type' || guards.some((guard) => isGuard(guard, action))) return [];
      const { table, column, type, using } = action;
      const from = schema.table(table)?.columns.get(column)?.type;
      // An expression says what becomes of the values.
      if (using === 'expression' || !losesSilently(from, type, { isExplicit: using === 'cast' })) return [];
      const message = `values of ${table}.${column} are cut or rounded without an error where they become ${typeText(type)}`;
      return [{ message, statement: statement.text }];
    });
    schema.apply(statement);
    return losses;
  });
}

/** Code that looks at the column and may raise an error. */
function isGuard(
  { isCode, text }: Statement,
  { table, column }: { readonly table: string; readonly column: string },
): boolean {
  return isCode && /\braise\b/i.test(text) && text.includes(table) && text.includes(column);
}

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

function select(
  statements: readonly Statement[],
  isBreach: (statement: Statement) => boolean,
  message: string,
): Breach[] {
  return statements.filter(isBreach).map(({ text }) => ({ message, statement: text }));
}
