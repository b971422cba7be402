/** The application's ORM: every record, one pool, no global context. */
import { MikroORM } from '@mikro-orm/postgresql';
import { entities } from '../entities/index.ts';
import { connectionOptions } from '../migrator/index.ts';
import type { CountedPool, Pools } from './pool-use.ts';
import type { Log } from '../process/log.ts';
import type { Database } from '../migrator/index.ts';

/** A statement that runs longer than this is a bug, and holds one of few connections. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that is idle for this long has lost its owner, and still holds locks: that of an account keeps others from taking it. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const DEFAULT_POOL_SIZE = 10;
/** What people read has a few connections of its own. */
const READ_POOL_SIZE = 4;
/** A page is read in milliseconds; what takes longer is asked for in smaller parts. */
const READ_TIMEOUT_MS = 5_000;
/** How the ORM reports a connection that ended: the pool replaces it, and a statement that needed it fails with the same. */
const DROPPED = /PostgreSQL (?:pool|connection) error/;
const IDLE_CONNECTION_MS = 30_000;
/** The first order after a quiet time does not wait for a new connection: those of an account, of its journal and of a request. */
const KEPT_OPEN = 3;

export interface OrmSettings {
  readonly databaseUrl: string;
  readonly poolSize?: number;
  /** How long a read of a person may take, another time than the usual one. */
  readonly readTimeoutMs?: number | undefined;
  /** False where only the query builder is used, which needs no knowledge of the records: to make it takes a tenth of a second. */
  readonly usesRecords?: boolean;
  /** Gets what the ORM warns of. */
  readonly log: Pick<Log, 'warn'>;
  /** Gets the pools of connections as they are opened. */
  readonly pools?: Pools | undefined;
}

/** Opens the ORM without connecting; the first query does. Anyone who opens it closes it (`await orm.close()`). */
export function openOrm({
  databaseUrl,
  poolSize = DEFAULT_POOL_SIZE,
  readTimeoutMs = READ_TIMEOUT_MS,
  usesRecords = true,
  log,
  pools,
}: OrmSettings) {
  return new MikroORM({
    ...named(
      pools,
      'server',
      connectionOptions({
        databaseUrl,
        purpose: 'auto-forex server',
        poolSize,
        idleTimeoutMs: IDLE_CONNECTION_MS,
        keptOpen: KEPT_OPEN,
        settings: {
          statement_timeout: STATEMENT_TIMEOUT_MS,
          idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
        },
      }),
    ),
    // The same database, not a copy that lags behind; used only where `readBuilder` asks for it.
    replicas: [
      named(
        pools,
        'reads',
        connectionOptions({
          databaseUrl,
          purpose: 'auto-forex reads',
          poolSize: READ_POOL_SIZE,
          idleTimeoutMs: IDLE_CONNECTION_MS,
          settings: {
            statement_timeout: readTimeoutMs,
            default_transaction_read_only: 'on',
          },
        }),
      ),
    ],
    preferReadReplicas: false,
    entities: usesRecords ? entities : [],
    discovery: { warnWhenNoEntities: false },
    colors: false,
    logger: (message) => {
      if (!DROPPED.test(message)) log.warn({}, message);
    },
  });
}

type ConnectionOptions = ReturnType<typeof connectionOptions>;
type ClientPool = Parameters<ConnectionOptions['driverOptions']['onPoolCreated']>[0];

/** Has a pool counted under its name as soon as it is opened. */
function named(pools: Pools | undefined, name: string, options: ConnectionOptions): ConnectionOptions {
  const onPoolCreated = (pool: ClientPool & CountedPool): void => {
    options.driverOptions.onPoolCreated(pool);
    pools?.add(name, pool);
  };
  return { ...options, driverOptions: { ...options.driverOptions, onPoolCreated } } as ConnectionOptions;
}

/**
 * The opened ORM. Stores fork from it: `orm.em.fork()`, one fork for each unit of work.
 *
 * Its query builder, `orm.em.fork().getKysely()`, knows all tables and columns from the records; values arrive as the
 * types say: decimals as strings, `bigint` as numbers, `timestamptz` as dates. What it writes skips the records' hooks,
 * so `id` and `updated_at` are given by the caller, and an array for a `jsonb` column as a JSON string.
 */
export type Orm = ReturnType<typeof openOrm>;

/** Returns the ORM's pool of connections, as the migrator asks a database. */
export function databaseOf(orm: Orm): Database {
  return {
    query: (sql) => orm.em.fork().execute(sql),
    transaction: (work) => orm.em.fork().transactional((em) => work((sql) => em.execute(sql))),
  };
}
