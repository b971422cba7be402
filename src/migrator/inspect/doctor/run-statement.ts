/** Runs one statement that a person wrote, and returns what it gives as text, with the names of its columns. */
import { MigratorFailure } from '../../failure.ts';
import assert from 'node:assert/strict';
import { connectionOptions } from '../../run/connect/connection-options.ts';
import { openBareOrm } from '../../run/connect/plain-connection.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';

export interface Statement {
  readonly databaseUrl: string;
  readonly sql: string;
  readonly mayWrite: boolean;
}

export interface StatementResult {
  /** As `INSERT`. */
  readonly command: string;
  readonly rowCount: number | null;
  /** Empty for a statement that gives no rows. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What is used of the driver's pool: it knows the columns of an empty result, which the ORM does not return. */
interface NativePool {
  query(statement: object): Promise<{
    readonly command: string;
    readonly rowCount: number | null;
    readonly fields: readonly { readonly name: string }[];
    readonly rows: readonly (readonly (string | null)[])[];
  }>;
}

/** Runs it in a transaction of its own. MigratorFailure `command-invalid` with PostgreSQL's words when it is refused. */
export async function runStatement({ databaseUrl, sql, mayWrite }: Statement): Promise<StatementResult> {
  let pool: NativePool | undefined;
  const onPoolCreated = (created: NativePool): void => void (pool = created);
  const settings = mayWrite ? {} : { default_transaction_read_only: 'on' };
  const options = { databaseUrl, purpose: 'shell', poolSize: 1, idleTimeoutMs: 0, settings };
  const { driverOptions } = connectionOptions(options);
  const orm = openBareOrm(options, { driverOptions: { ...driverOptions, onPoolCreated } });
  try {
    // Asked through the ORM first: a pool that the ORM has never used it does not close.
    await orm.driver.execute('select 1');
    assert(pool !== undefined, 'connecting makes the pool');
    return await query(pool, sql);
  } finally {
    await orm.close(true);
  }
}

async function query(pool: NativePool, text: string): Promise<StatementResult> {
  try {
    const { command, rowCount, fields, rows } = await pool.query({
      text,
      rowMode: 'array',
      // This protocol takes one statement only, so none can end the read-only transaction of the one before.
      queryMode: 'extended',
      types: { getTypeParser: () => (value: string) => value },
    });
    return { command, rowCount, columns: fields.map(({ name }) => name), rows };
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === undefined || !(error instanceof Error)) throw error;
    // A read-only transaction.
    const advice = sqlState === '25006' ? 'Only --write may change the database: ' : '';
    throw new MigratorFailure(
      'command-invalid',
      `${advice}${error.message} (${sqlState}).`,
      {},
      { cause: error },
    );
  }
}
