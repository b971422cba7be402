/** Which locks a statement takes, and what it reads and writes whole. Source: PostgreSQL's manual, ALTER TABLE (Notes) and 13.3.1. */
import { keepsRows } from './sql/type-change.ts';
import type { Action, ColumnFacts, ConstraintFacts, Statement } from './sql/action.ts';
import type { KnownSchema } from './sql/known-schema.ts';
import type { LockMode } from './trace/lock-modes.ts';

/** What happens to one table. */
export interface Effect {
  readonly table: string;
  readonly mode: LockMode;
  /** All rows are rewritten. */
  readonly isRewritten?: boolean;
  /** All rows are read. */
  readonly isScanned?: boolean;
  readonly note?: string;
}

export interface Known {
  readonly schema: KnownSchema;
  /** Undefined where that is not known. */
  readonly isVolatile: (name: string) => boolean | undefined;
  /** Whether the plan itself makes the table. */
  readonly isMade: (table: string) => boolean;
}

/** What defaults commonly call, for when there is no database to ask. */
const VOLATILE_BY_FUNCTION: ReadonlyMap<string, boolean> = new Map([
  ...[
    'gen_random_uuid',
    'uuid_generate_v4',
    'uuidv4',
    'uuidv7',
    'random',
    'clock_timestamp',
    'timeofday',
    'nextval',
  ].map((name) => [name, true] as const),
  ...['now', 'transaction_timestamp', 'statement_timestamp', 'lower', 'upper', 'jsonb_build_object'].map(
    (name) => [name, false] as const,
  ),
]);

/** Returns what is known without a database; undefined for other functions. */
export function builtInVolatility(name: string): boolean | undefined {
  return VOLATILE_BY_FUNCTION.get(name);
}

/** Returns the effects of a statement in the order of its parts. */
export function effectsOf(statement: Statement, known: Known): Effect[] {
  return statement.actions.flatMap((action) => {
    const effects = effectsOfAction(action, statement, known);
    return effects.map((effect) =>
      known.schema.table(effect.table)?.isPartitioned === true ? { ...effect, note: PARTITIONS } : effect,
    );
  });
}

const PARTITIONS =
  'most of what happens to a partitioned table happens to its partitions, which are not listed';

const EXCLUSIVE = { mode: 'AccessExclusiveLock' } as const;

function effectsOfAction(action: Action, statement: Statement, known: Known): Effect[] {
  const { schema } = known;
  switch (action.does) {
    case 'create-table':
      return action.partitionOf === undefined ? [] : [{ table: action.partitionOf, ...EXCLUSIVE }];
    case 'drop-table':
      return [
        { table: action.table, ...EXCLUSIVE },
        ...partners(schema, action.table, () => true),
        ...(statement.cascades ? referring(schema, action.table, EXCLUSIVE) : []),
      ];
    case 'add-column':
      return [columnEffect(action.table, action.column, known)];
    case 'drop-column':
      return [
        { table: action.table, ...EXCLUSIVE },
        ...partners(schema, action.table, ({ columns }) => columns.includes(action.column)),
      ];
    case 'change-type':
      return typeEffects(action, known);
    case 'set-not-null': {
      const { table, column } = action;
      const isKnown =
        schema.table(table)?.columns.get(column)?.isRequired === true ||
        schema.isProvenNotNull(table, column);
      return [{ table, ...EXCLUSIVE, isScanned: !isKnown }];
    }
    case 'add-constraint':
      return constraintEffects(action, known, statement);
    case 'validate-constraint': {
      const constraint = schema.table(action.table)?.constraints.get(action.constraint);
      const isScanned = constraint?.isValidated !== true;
      const { referenced } = constraint ?? {};
      return [
        { table: action.table, mode: 'ShareUpdateExclusiveLock', isScanned },
        ...(referenced === undefined
          ? []
          : [{ table: referenced, mode: 'RowShareLock', isScanned } as const]),
      ];
    }
    case 'drop-constraint':
      return [
        { table: action.table, ...EXCLUSIVE },
        ...partners(schema, action.table, ({ name }) => name === action.constraint),
      ];
    case 'add-index':
      return [{ table: action.table, ...indexLock(statement, 'ShareLock'), isScanned: true }];
    case 'drop-index':
      return indexEffects(action.index, schema, indexLock(statement, 'AccessExclusiveLock'));
    case 'reindex': {
      const lock = indexLock(statement, 'ShareLock');
      if (action.table !== undefined) return [{ table: action.table, ...lock, isScanned: true }];
      return indexEffects(action.index ?? '', schema, lock).map((effect) => ({ ...effect, isScanned: true }));
    }
    case 'lock-table':
      return [{ table: action.table, mode: action.mode, isRewritten: action.rewrites === true }];
    case 'alter-table':
      return [alterEffect(action)];
    case 'change-rows':
      return rowEffects(action);
    case 'rename-table':
    case 'move-table':
    case 'rename-column':
      return [{ table: action.table, ...EXCLUSIVE }];
  }
}

function indexLock({ isConcurrent }: Statement, mode: LockMode): { mode: LockMode } {
  return { mode: isConcurrent ? 'ShareUpdateExclusiveLock' : mode };
}

function indexEffects(index: string, schema: KnownSchema, lock: { mode: LockMode }): Effect[] {
  const table = schema.tableOfIndex(index);
  if (table !== undefined) return [{ table, ...lock }];
  return [
    {
      table: `the table of index ${index}`,
      ...lock,
      note: `which table index ${index} belongs to is not known here`,
    },
  ];
}

/** A constant default is noted beside the table; a value of its own must be written into each row. */
function columnEffect(table: string, column: ColumnFacts, { isVolatile }: Known): Effect {
  const unknown = column.functions.filter((name) => isVolatile(name) === undefined);
  const isRewritten = column.isPerRow || column.functions.some((name) => isVolatile(name) !== false);
  return {
    table,
    ...EXCLUSIVE,
    isRewritten,
    isScanned: column.isRequired && !column.hasDefault,
    ...(unknown.length > 0 && {
      note: `whether ${unknown.join(', ')}() gives each row another value is not known here; it is taken to`,
    }),
  };
}

function typeEffects(
  { table, column, type, using }: Extract<Action, { does: 'change-type' }>,
  { schema }: Known,
): Effect[] {
  const known = schema.table(table);
  const from = known?.columns.get(column)?.type;
  const isRewritten = using === 'expression' || !keepsRows(from, type);
  const isKey = [...(known?.indexes.values() ?? [])].some(
    ({ isUnique, columns }) => isUnique && columns.includes(column),
  );
  const isChecked = [...(known?.constraints.values() ?? [])].some(
    ({ kind, columns }) => kind === 'check' && columns.includes(column),
  );
  return [
    {
      table,
      ...EXCLUSIVE,
      isRewritten,
      // A check on the column is made again, and with it looked at.
      isScanned: isChecked,
      ...(from === undefined && {
        note: `the type of ${table}.${column} before is not known here; the change is taken for one that writes all rows`,
      }),
    },
    // Foreign keys on the column are made again, on both sides; they are looked at where its values are others.
    ...partners(schema, table, ({ columns }) => columns.includes(column), { isScanned: isRewritten }),
    ...(isKey ? referring(schema, table, { ...EXCLUSIVE, isScanned: isRewritten }) : []),
  ];
}

function constraintEffects(
  { table, constraint, isAlone }: Extract<Action, { does: 'add-constraint' }>,
  { schema, isMade }: Known,
  { actions }: Statement,
): Effect[] {
  const { kind, columns, referenced, isValidated, usingIndex } = constraint;
  if (kind === 'foreign-key') {
    const mode = 'ShareRowExclusiveLock';
    // A new table has no rows, and a new column without a default refers to nothing.
    const isNewAndNull = actions.some(
      (action) =>
        action.does === 'add-column' && columns.includes(action.column.name) && !action.column.hasDefault,
    );
    const isEmpty = isMade(table) || (!isAlone && isNewAndNull);
    const isScanned = isValidated && !isEmpty;
    return [
      { table, mode, isScanned },
      { table: referenced ?? '', mode, isScanned },
    ];
  }
  if (usingIndex === undefined || kind !== 'primary')
    return [{ table, ...EXCLUSIVE, isScanned: isValidated && usingIndex === undefined }];
  const keys = schema.table(table)?.indexes.get(usingIndex)?.columns;
  const isRequired = keys?.every(
    (column) =>
      schema.table(table)?.columns.get(column)?.isRequired === true || schema.isProvenNotNull(table, column),
  );
  return [{ table, ...EXCLUSIVE, isScanned: isRequired !== true }];
}

/** A foreign key has triggers on both tables, so both are locked when it goes. */
function partners(
  schema: KnownSchema,
  table: string,
  isMeant: (key: ConstraintFacts) => boolean,
  further: Partial<Effect> = {},
): Effect[] {
  return [...(schema.table(table)?.constraints.values() ?? [])]
    .filter((constraint) => constraint.kind === 'foreign-key' && isMeant(constraint))
    .map(({ referenced = '' }) => ({ table: referenced, ...EXCLUSIVE, ...further }));
}

/** The same for tables that refer to this one. */
function referring(schema: KnownSchema, table: string, effect: Omit<Effect, 'table'>): Effect[] {
  return schema
    .tables()
    .filter(([, { constraints }]) => [...constraints.values()].some((key) => key.referenced === table))
    .map(([name]) => ({ table: name, ...effect }));
}

/** Of the parts of `alter table` that are not distinguished otherwise. */
function alterEffect({ table, what }: Extract<Action, { does: 'alter-table' }>): Effect {
  const mode = WEAK.test(what)
    ? 'ShareUpdateExclusiveLock'
    : TRIGGER.test(what)
      ? 'ShareRowExclusiveLock'
      : 'AccessExclusiveLock';
  return { table, mode, isRewritten: REWRITING.has(what) };
}

const WEAK = /^AT_(?:SetStatistics|(?:Res|S)et(?:Rel)?Options|ClusterOn|DropCluster)$/;
const TRIGGER = /^AT_(?:En|Dis)able(?:Always|Replica)?Trig/;

const REWRITING: ReadonlySet<string> = new Set([
  'AT_SetTableSpace',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetAccessMethod',
  'AT_SetExpression',
]);

function rowEffects({ table, how, isOfAll }: Extract<Action, { does: 'change-rows' }>): Effect[] {
  if (how === 'truncate') return [{ table, ...EXCLUSIVE, isRewritten: true }];
  return [{ table, mode: 'RowExclusiveLock', isScanned: isOfAll }];
}
