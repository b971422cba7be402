/** The base of every migration: MikroORM's own, and what the guards must know of it before it runs. */
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

/** What a migration states about itself. The statics are read without running it. */
export abstract class Migration extends StockMigration {
  /** Every migration states its phase; a database that is ahead of the code is judged by it. */
  static readonly phase?: Phase;
  /** False for the one statement that PostgreSQL refuses inside a transaction, such as `create index concurrently`. */
  static readonly transactional: boolean = true;
  /** Why there is no way back; a migration with a `down` leaves it out. */
  static readonly irreversible?: string;
  /** The migrations that this one stands for, in order (a squash). */
  static readonly replaces?: readonly string[];
  /** Contract migrations that must have run before this one. */
  static readonly requires?: readonly string[];
  /** Backfills that must be done before this contract may run. */
  static readonly backfills?: readonly string[];
  /** The release that may not be skipped on the way to this migration. */
  static readonly stop?: RequiredStop;
  static readonly lint?: LintWaivers;

  override isTransactional(): boolean {
    const { transactional } = this.constructor as typeof Migration;
    return transactional;
  }

  /** Adds the statements that a recipe gives, in order. */
  protected addAll(statements: readonly string[]): void {
    for (const statement of statements) this.addSql(statement);
  }
}
