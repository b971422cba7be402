/** What statements do to tables, as far as rules and plans need to know. */
import type { AlterTableType } from 'libpg-query';
import type { LockMode } from '../trace/lock-modes.ts';
import type { ColumnType } from './tree.ts';

/** A column as a statement defines it. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: ColumnType;
  readonly isRequired: boolean;
  /** Whether PostgreSQL has a value for rows that name none. */
  readonly hasDefault: boolean;
  /** What its default calls: a value that differs by row is one that must be written. */
  readonly functions: readonly string[];
  /** Whether each row has a value of its own: of a sequence, or computed from it and stored. */
  readonly isPerRow: boolean;
}

export interface ConstraintFacts {
  readonly name: string;
  readonly kind: 'check' | 'foreign-key' | 'unique' | 'primary' | 'exclude' | 'not-null';
  readonly columns: readonly string[];
  /** The table that a foreign key refers to. */
  readonly referenced?: string;
  /** False when the rows that are there are not looked at. */
  readonly isValidated: boolean;
  /** The index that a key takes over. */
  readonly usingIndex?: string;
  /** The columns of which a check says nothing but that they are not null. */
  readonly provesNotNull?: readonly string[];
}

/** One thing that a statement does. */
export type Action =
  | {
      readonly does: 'create-table';
      readonly table: string;
      readonly columns: readonly ColumnFacts[];
      readonly isPartitioned: boolean;
      readonly partitionOf?: string;
    }
  | { readonly does: 'drop-table'; readonly table: string }
  | { readonly does: 'rename-table'; readonly table: string; readonly to: string }
  | { readonly does: 'move-table'; readonly table: string }
  | { readonly does: 'add-column'; readonly table: string; readonly column: ColumnFacts }
  | { readonly does: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly does: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  | {
      readonly does: 'change-type';
      readonly table: string;
      readonly column: string;
      readonly type: ColumnType;
      /** `cast` is `using column::type`, which does the same and refuses less. */
      readonly using: 'nothing' | 'cast' | 'expression';
    }
  | { readonly does: 'set-not-null'; readonly table: string; readonly column: string }
  /** `isAlone` is false for one that comes with its new table or column. */
  | {
      readonly does: 'add-constraint';
      readonly table: string;
      readonly constraint: ConstraintFacts;
      readonly isAlone: boolean;
    }
  | { readonly does: 'validate-constraint'; readonly table: string; readonly constraint: string }
  | { readonly does: 'drop-constraint'; readonly table: string; readonly constraint: string }
  | {
      readonly does: 'add-index';
      readonly table: string;
      readonly name: string;
      /** An expression is an empty name. */
      readonly columns: readonly string[];
      readonly isUnique: boolean;
      readonly isPartial: boolean;
    }
  | { readonly does: 'drop-index'; readonly index: string }
  | { readonly does: 'reindex'; readonly index?: string; readonly table?: string }
  /** Whatever else `alter table` does. */
  | {
      readonly does: 'alter-table';
      readonly table: string;
      readonly what: AlterTableType | 'rename';
      readonly column?: string;
    }
  /** What matters of it is that it locks a table. */
  | { readonly does: 'lock-table'; readonly table: string; readonly mode: LockMode; readonly rewrites?: true }
  | {
      readonly does: 'change-rows';
      readonly table: string;
      readonly how: RowChange;
      /** Whether the condition only leaves out rows that have their value: it is a change of all. */
      readonly isOfAll: boolean;
    };

/** How rows change. */
export type RowChange = 'insert' | 'update' | 'delete' | 'truncate' | 'merge' | 'copy';

/** A statement that was read. */
export interface Statement {
  readonly text: string;
  /** `other` is what neither makes tables nor changes rows by itself: `set`, `select`, `do`. */
  readonly kind: 'schema' | 'data' | 'other';
  readonly actions: readonly Action[];
  /** Whether it removes what depends on what it removes. */
  readonly cascades: boolean;
  readonly isConcurrent: boolean;
  /** Functions that it calls. */
  readonly functions: readonly string[];
  /** Whether it is code whose statements are known only when it runs. */
  readonly isCode: boolean;
  /** Whether PostgreSQL's parser refuses it. */
  readonly isRefused: boolean;
}
