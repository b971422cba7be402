/** What statements do to tables, as far as the rules need to know. */

/** A column as a statement defines it. */
export interface ColumnFacts {
  readonly name: string;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
}

/** One thing that a statement does. */
export type Action =
  | { readonly does: 'create-table'; readonly table: string; readonly columns: readonly ColumnFacts[] }
  | { readonly does: 'drop-table'; readonly table: string }
  | { readonly does: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly does: 'add-column'; readonly table: string; readonly column: ColumnFacts }
  | { readonly does: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly does: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  | { readonly does: 'add-foreign-key'; readonly table: string; readonly columns: readonly string[] }
  /** An index of whole columns over all rows: one that finds the rows of a foreign key. */
  | { readonly does: 'add-index'; readonly table: string; readonly columns: readonly string[] }
  | { readonly does: 'add-partitions'; readonly table: string }
  | { readonly does: 'add-enum-value'; readonly value: string }
  | { readonly does: 'alter-table'; readonly table: string }
  | {
      readonly does: 'change-rows';
      readonly table: string;
      readonly how: RowChange;
      readonly hasWhere: boolean;
    };

/** How rows change. */
export type RowChange = 'insert' | 'update' | 'delete' | 'truncate' | 'merge' | 'copy';

/** A statement that was read. */
export interface Statement {
  readonly text: string;
  /** `other` is what neither makes tables nor changes rows by itself: `set`, `select`, `do`. */
  readonly kind: 'schema' | 'data' | 'other';
  readonly actions: readonly Action[];
  /** Whether it takes away what depends on what it takes away. */
  readonly cascades: boolean;
  readonly isConcurrent: boolean;
  /** The texts in quotes. */
  readonly strings: readonly string[];
}
