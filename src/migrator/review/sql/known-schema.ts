/** The schema as far as statements show it: what existed before, and what each statement changes. */
import type { Action, ColumnFacts, ConstraintFacts, Statement } from './action.ts';
import type { ColumnType } from './tree.ts';

export interface KnownColumn {
  readonly type: ColumnType;
  readonly isRequired: boolean;
}

export interface KnownTable {
  readonly columns: Map<string, KnownColumn>;
  readonly constraints: Map<string, ConstraintFacts>;
  readonly indexes: Map<string, KnownIndex>;
  readonly isPartitioned: boolean;
}

export interface KnownIndex {
  readonly columns: readonly string[];
  /** Over all rows. */
  readonly isUnique: boolean;
}

/** What is not known of a table is absent, and so is a table of which nothing is known. */
export class KnownSchema {
  #tables = new Map<string, KnownTable>();

  copy(): KnownSchema {
    const copied = new KnownSchema();
    copied.#tables = structuredClone(this.#tables);
    return copied;
  }

  table(name: string): KnownTable | undefined {
    return this.#tables.get(name);
  }

  /** Returns the tables with what is known of them. */
  tables(): [string, KnownTable][] {
    return [...this.#tables];
  }

  /** Returns the table that an index belongs to. */
  tableOfIndex(index: string): string | undefined {
    return this.tables().find(([, { indexes }]) => indexes.has(index))?.[0];
  }

  /** Whether a validated check says that the column holds no null. */
  isProvenNotNull(table: string, column: string): boolean {
    const constraints = this.table(table)?.constraints.values() ?? [];
    return [...constraints].some(
      ({ isValidated, provesNotNull = [] }) => isValidated && provesNotNull.includes(column),
    );
  }

  /** Whether no two rows agree in these columns, or already in some of them. */
  isUnique(table: string, columns: readonly string[]): boolean {
    const indexes = this.table(table)?.indexes.values() ?? [];
    return [...indexes].some(
      (index) => index.isUnique && index.columns.every((column) => column !== '' && columns.includes(column)),
    );
  }

  /** Whether the columns refer to that table already. */
  refers(table: string, columns: readonly string[], referenced: string | undefined): boolean {
    const constraints = this.table(table)?.constraints.values() ?? [];
    return [...constraints].some(
      (other) =>
        other.kind === 'foreign-key' &&
        other.referenced === referenced &&
        other.columns.join() === columns.join(),
    );
  }

  addTable(name: string, isPartitioned = false): KnownTable {
    const table = { columns: new Map(), constraints: new Map(), indexes: new Map(), isPartitioned };
    this.#tables.set(name, table);
    return table;
  }

  apply(statement: Pick<Statement, 'actions'>): void {
    for (const action of statement.actions) this.#apply(action);
  }

  #apply(action: Action): void {
    if (action.does === 'create-table') {
      const table = this.addTable(action.table, action.isPartitioned);
      for (const column of action.columns) table.columns.set(column.name, known(column));
    } else if (action.does === 'drop-table') this.#tables.delete(action.table);
    else if (action.does === 'rename-table') this.#rename(action.table, action.to);
    else if (action.does === 'drop-index') {
      const table = this.tableOfIndex(action.index);
      if (table !== undefined) this.table(table)?.indexes.delete(action.index);
    } else if ('table' in action && action.table !== undefined)
      changeTable(this.table(action.table) ?? this.addTable(action.table), action);
  }

  #rename(from: string, to: string): void {
    const table = this.#tables.get(from);
    if (table === undefined) return;
    this.#tables.delete(from);
    this.#tables.set(to, table);
    for (const { constraints } of this.#tables.values())
      for (const [name, constraint] of constraints)
        if (constraint.referenced === from) constraints.set(name, { ...constraint, referenced: to });
  }
}

function changeTable({ columns, constraints, indexes }: KnownTable, action: Action): void {
  switch (action.does) {
    case 'add-column':
      columns.set(action.column.name, known(action.column));
      break;
    case 'drop-column':
      columns.delete(action.column);
      for (const [name, constraint] of constraints)
        if (constraint.columns.includes(action.column)) constraints.delete(name);
      break;
    case 'rename-column': {
      const column = columns.get(action.column);
      columns.delete(action.column);
      if (column !== undefined) columns.set(action.to, column);
      const renamed = (name: string): string => (name === action.column ? action.to : name);
      for (const [name, constraint] of constraints)
        constraints.set(name, { ...constraint, columns: constraint.columns.map(renamed) });
      break;
    }
    case 'change-type':
      columns.set(action.column, {
        type: action.type,
        isRequired: columns.get(action.column)?.isRequired ?? false,
      });
      break;
    case 'set-not-null':
      requireColumns(columns, [action.column]);
      break;
    case 'add-constraint': {
      const { constraint, table } = action;
      const name = constraint.name || [table, ...constraint.columns, SUFFIXES[constraint.kind]].join('_');
      constraints.set(name, { ...constraint, name });
      if (constraint.kind === 'primary' || constraint.kind === 'not-null')
        requireColumns(columns, constraint.columns);
      if (['unique', 'primary', 'exclude'].includes(constraint.kind))
        indexes.set(name, { columns: constraint.columns, isUnique: constraint.kind !== 'exclude' });
      break;
    }
    case 'validate-constraint': {
      const constraint = constraints.get(action.constraint);
      if (constraint !== undefined) constraints.set(action.constraint, { ...constraint, isValidated: true });
      break;
    }
    case 'drop-constraint':
      constraints.delete(action.constraint);
      indexes.delete(action.constraint);
      break;
    case 'add-index':
      indexes.set(action.name, {
        columns: action.columns,
        isUnique: action.isUnique && !action.isPartial,
      });
      break;
    case 'create-table':
    case 'drop-table':
    case 'rename-table':
    case 'drop-index':
      // These change which tables there are, and were seen to before.
      break;
    case 'move-table':
    case 'reindex':
    case 'alter-table':
    case 'lock-table':
    case 'change-rows':
      break;
  }
}

/** How PostgreSQL ends the names that it makes. */
const SUFFIXES: Readonly<Record<ConstraintFacts['kind'], string>> = {
  check: 'check',
  'foreign-key': 'fkey',
  unique: 'key',
  primary: 'pkey',
  exclude: 'excl',
  'not-null': 'not_null',
};

function known({ type, isRequired }: ColumnFacts): KnownColumn {
  return { type, isRequired };
}

function requireColumns(columns: Map<string, KnownColumn>, names: readonly string[]): void {
  for (const name of names) {
    const column = columns.get(name);
    if (column !== undefined) columns.set(name, { ...column, isRequired: true });
  }
}
