/** One database for all tests of a file or a block, empty when each begins: making one costs more than most of what is run in it. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from './database.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from './database.ts';

export interface EmptiedDatabase {
  readonly database: Pick<TestDatabase, 'url'>;
  /** Stays open from the first test to the last; each finds its session as it was opened. */
  readonly connection: Pick<PlainConnection, 'query'>;
}

/** What a test may leave behind, in this order: its transaction, sessions of others, what its own holds, schemas. */
const EMPTYING: readonly string[] = [
  'rollback',
  `select pg_terminate_backend(pid, 60000) from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  'discard all',
  // `public` is made as PostgreSQL makes it.
  `do $$
     declare
       schema text;
     begin
       for schema in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
         execute format('drop schema %I cascade', schema);
       end loop;
       create schema public authorization pg_database_owner;
       grant usage on schema public to public;
     end $$`,
];

/** Call it where hooks are registered, before those that need the database. Settings of the database and extensions are not taken back. */
export function useEmptyDatabase(): EmptiedDatabase {
  let made: TestDatabase | undefined;
  let connection: PlainConnection | undefined;
  const query: PlainConnection['query'] = (sql) => present(connection, 'the connection').query(sql);

  beforeAll(async () => {
    made = await createEmptyDatabase();
    connection = openPlainConnection(made.url);
  });

  beforeEach(async () => {
    for (const sql of EMPTYING) await query(sql);
  });

  afterAll(async () => {
    await connection?.close();
    await made?.drop();
  });

  return {
    database: {
      get url() {
        return present(made, 'the database').url;
      },
    },
    connection: { query },
  };
}
