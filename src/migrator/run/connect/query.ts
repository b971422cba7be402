/** How the migrator asks a database. */

/** Runs one statement and returns its rows. */
export type Query = <Row extends object>(sql: string) => Promise<Row[]>;

/** A database, or a pool of connections to it, as an application hands it over. */
export interface Database {
  readonly query: Query;
  /** Runs `work` in one transaction. */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
}
