/** The options of every connection to PostgreSQL: the migrator's own, and those of the application that uses it. */
import type { Options } from '@mikro-orm/postgresql';
import { hostname } from 'node:os';
import { giveBackLostConnections } from './lost-connections.ts';
import { optionsText, splitOptions } from './session-options.ts';
import assert from 'node:assert/strict';
import type { ClientPool } from './lost-connections.ts';

/** A connection that cannot be opened within this time is an error. */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * A connection that is not used is probed after this, then every second; one that answers ten probes with nothing is dead, and is replaced. Without it
 * the system begins after two hours, and what lies between forgets a silent connection long before.
 */
const PROBE_AFTER_MS = 10_000;

/** PostgreSQL's type numbers, as in its catalogue `pg_type`. */
const INT8_OID = 20;
const TIMESTAMPTZ_OID = 1184;

interface ParserTable {
  setTypeParser(oid: number, parse: (text: string) => unknown): void;
}

/** What a connection is opened for. `settings` are PostgreSQL settings of the session. */
export interface ConnectionPurpose {
  readonly databaseUrl: string;
  /** How the server's views name it, such as `auto-forex api`; host and process follow. */
  readonly purpose: string;
  readonly poolSize: number;
  readonly idleTimeoutMs: number;
  /** So many stay open although they are not used, once they were opened. */
  readonly keptOpen?: number;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Returns the ORM options for connections of one purpose. */
export function connectionOptions({
  databaseUrl,
  purpose,
  poolSize,
  idleTimeoutMs,
  keptOpen = 0,
  settings,
}: ConnectionPurpose) {
  const { address, options } = splitOptions(databaseUrl);
  return {
    clientUrl: databaseUrl,
    driverOptions: {
      // The driver reads the address itself too, because the ORM drops its query (`sslmode`).
      connectionString: address,
      max: poolSize,
      min: keptOpen,
      idleTimeoutMillis: idleTimeoutMs,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: PROBE_AFTER_MS,
      application_name: `${purpose} ${hostname()}:${process.pid}`.slice(0, 63),
      // Ours come last, because the migrator depends on them. Times are read in one form, whatever the database or the role has for others.
      options: `${options} ${optionsText({ TimeZone: 'UTC', DateStyle: 'ISO', ...settings })}`.trim(),
      onPoolCreated: (pool: ClientPool & { options: { types: ParserTable } }) => {
        readWideTypes(pool.options.types);
        giveBackLostConnections(pool);
      },
    },
    // Columns a new record does not name are null at once, as its type says, and not only after it was read back.
    initNullableProperties: true,
    forceUtcTimezone: true,
    // Nothing that opens a connection may create a database: a misspelt name must be an error.
    ensureDatabase: false,
  } satisfies Options;
}

/** Makes raw queries give the values that the columns' types promise: numbers for `bigint`, dates for `timestamptz`. */
function readWideTypes(types: ParserTable): void {
  types.setTypeParser(INT8_OID, (text) => {
    const value = Number(text);
    assert(Number.isSafeInteger(value), `a bigint was ${text}, which no number can hold exactly`);
    return value;
  });
  types.setTypeParser(TIMESTAMPTZ_OID, (text) => {
    // The session is in UTC, so the text is `2026-01-02 03:04:05.678+00`.
    const value = new Date(`${text.replace(' ', 'T')}:00`);
    assert(!Number.isNaN(value.getTime()), `a timestamptz was ${text}, which is no instant of our calendar`);
    return value;
  });
}
