/** The base of every migration: MikroORM's own, with what the guards must know before it runs. */
import { Migration as StockMigration } from '@mikro-orm/migrations';

/**
 * `expand` adds what both the old and the new version of the server can live with, `data` changes rows, `contract` takes
 * away what only the old version uses. The first two run at start; a contract runs when nothing needs the old shape any more.
 */
export const PHASES = ['expand', 'data', 'contract'] as const;
export type Phase = (typeof PHASES)[number];

/** Rules of the linter that this migration breaks on purpose, each with its reason. */
export interface LintWaivers {
  readonly allow: Readonly<Record<string, string>>;
}

/** A release whose server must have served before a later migration may run, because what it does no migration can. */
export interface RequiredStop {
  /** A migration of that release: where it is not applied, that release has not run. */
  readonly after: string;
  /** What is to be started first. */
  readonly version: string;
  /** What the server of that release does while it runs. */
  readonly reason: string;
}

/** What a migration with one step states in statics, a step of several in fields: they are the same. */
export interface StepFacts {
  /** False for the one statement that PostgreSQL refuses inside a transaction, such as `create index concurrently`. */
  readonly transactional?: boolean;
  /** Why there is no way back; what has a `down` leaves it out. */
  readonly irreversible?: string;
  /** Contracts that must have run before this one. A step always comes after the one before it in its file. */
  readonly requires?: readonly string[];
  /** Backfills that must be done before this contract may run. */
  readonly backfills?: readonly string[];
  /** The release that may not be skipped on the way to this migration. */
  readonly stop?: RequiredStop;
  readonly lint?: LintWaivers;
}

/** One of several steps of a file: a transaction of its own, applied and taken back by itself. */
export interface MigrationStep extends StepFacts {
  readonly phase: Phase;
  readonly up: readonly string[];
  readonly down?: readonly string[];
}

/** What a migration states about itself. The statics are read without running it. */
export abstract class Migration extends StockMigration {
  /** Every migration states its phase; a database that is ahead of the code is judged by it. */
  static readonly phase?: Phase;
  static readonly transactional: boolean = true;
  static readonly irreversible?: string;
  /** The migrations that this one stands for, in order (a squash). */
  static readonly replaces?: readonly string[];
  static readonly requires?: readonly string[];
  static readonly backfills?: readonly string[];
  /** The release that may not be skipped on the way to this migration. */
  static readonly stop?: RequiredStop;
  static readonly lint?: LintWaivers;
  /** In place of all that and of `up` and `down`: one to nine steps, those that are contracts last. */
  static readonly steps?: readonly MigrationStep[];

  /** Left out where there are `steps`. */
  override up(): void | Promise<void> {
    throw new Error('it states neither steps nor what to do in up()');
  }

  override isTransactional(): boolean {
    const { transactional } = this.constructor as typeof Migration;
    return transactional;
  }

  /** Adds the statements that a recipe gives, in order. */
  protected addAll(statements: readonly string[]): void {
    for (const statement of statements) this.addSql(statement);
  }
}

/** The class of a migration, as the migrator makes it. */
export type MigrationClass = Omit<typeof Migration, 'prototype'> &
  (new (...parts: ConstructorParameters<typeof Migration>) => Migration);

/** Whether it says how to go back; MikroORM's own `down` only refuses. */
export function hasDown(migrationClass: MigrationClass): boolean {
  const down: unknown = Reflect.get(migrationClass.prototype as object, 'down');
  return down !== StockMigration.prototype.down;
}
