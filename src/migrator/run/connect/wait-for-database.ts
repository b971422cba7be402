/** Waits until PostgreSQL answers, for a bounded time, and distinguishes failures that may pass from those that do not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorFailure } from '../../failure.ts';
import { isDatabaseUnavailable } from './database-failure.ts';
import { messageOf, sqlStateOf } from '../execute/migration-failure.ts';
import { doublingDelayMs } from './pause.ts';
import { onPlainConnection } from './plain-connection.ts';
import { INSUFFICIENT_PRIVILEGE } from './sql-states.ts';

/** A database server that starts with us, or restarts, is back by then; one that is not needs a person. */
const BUDGET_MS = 60_000;
/** A new server makes its databases after it takes connections, so a missing one may appear. */
const MISSING_DATABASE_GRACE_MS = 10_000;
const DELAYS = { firstMs: 200, longestMs: 5_000 };

const MISSING_DATABASE = '3D000';
const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'The password is wrong. Correct the user or the password in DATABASE_URL.',
  '28000':
    'The server does not let this user in. Correct the user in DATABASE_URL, or allow it in pg_hba.conf.',
  [INSUFFICIENT_PRIVILEGE]:
    'The user lacks the right to connect. Grant it, or use another user in DATABASE_URL.',
  [MISSING_DATABASE]:
    'There is no such database, and it is not made by itself, in case the name is misspelt. Create it, or correct DATABASE_URL.',
};

export interface WaitSettings {
  readonly databaseUrl: string;
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>;
  readonly signal?: AbortSignal;
  /** How long to wait in all. The default suits a start; tests and commands are less patient. */
  readonly budgetMs?: number;
  readonly missingDatabaseGraceMs?: number;
  /** The setting that the address is from, for anyone who has to correct it. */
  readonly variable?: 'DATABASE_URL' | 'MIGRATION_DATABASE_URL';
}

/** Returns when the database answers. Throws `database-refused` at once when waiting is useless, else `database-unavailable`. */
export async function waitForDatabase(settings: WaitSettings): Promise<void> {
  const {
    databaseUrl,
    log,
    signal,
    budgetMs = BUDGET_MS,
    missingDatabaseGraceMs = MISSING_DATABASE_GRACE_MS,
  } = settings;
  const startedAt = performance.now();
  let reported: string | undefined;
  for (let attempt = 0; ; attempt += 1) {
    const error = await tryToConnect(databaseUrl);
    if (error === undefined) {
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      if (reported !== undefined) log.info({ seconds }, 'the database answers');
      return;
    }
    const patienceMs =
      error.code === MISSING_DATABASE ? Math.min(missingDatabaseGraceMs, budgetMs) : budgetMs;
    const delayMs = doublingDelayMs(attempt, DELAYS.firstMs, DELAYS.longestMs);
    const isWorthWaiting = isDatabaseUnavailable(error.cause) || error.code === MISSING_DATABASE;
    if (!isWorthWaiting || performance.now() - startedAt + delayMs > patienceMs)
      throw describe(error, settings, startedAt);
    // A line for each reason and not for each attempt.
    if (error.message !== reported)
      log.warn({ reason: error.message, code: error.code }, 'the database does not answer yet');
    reported = error.message;
    await sleep(delayMs, undefined, { ...(signal && { signal }) });
  }
}

interface ConnectError {
  readonly code: string | undefined;
  readonly message: string;
  readonly cause: unknown;
}

async function tryToConnect(databaseUrl: string): Promise<ConnectError | undefined> {
  try {
    await onPlainConnection(databaseUrl, 'check', (query) => query('select 1'));
    return undefined;
  } catch (cause) {
    return { code: sqlStateOf(cause), message: messageOf(cause), cause };
  }
}

/** Names the address without its password. */
function describe(
  error: ConnectError,
  { databaseUrl, variable = 'DATABASE_URL' }: WaitSettings,
  startedAt: number,
): MigratorFailure {
  const { username, host, pathname } = new URL(databaseUrl);
  const where = `database "${pathname.slice(1)}" as user "${username}" at ${host}`;
  const { code, message } = error;
  // A socket's message names its code already.
  const reason = `${message || 'no reason given'}${code === undefined || message.includes(code) ? '' : ` (${code})`}`;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const [type, detail] = isDatabaseUnavailable(error.cause)
    ? ([
        'database-unavailable',
        `PostgreSQL did not answer within ${seconds} s: ${where}: ${reason}. Check that it runs and that DATABASE_URL is right.`,
      ] as const)
    : ([
        'database-refused',
        `PostgreSQL refused us: ${where}: ${reason}. ${REMEDIES[code ?? ''] ?? 'Correct DATABASE_URL.'}`,
      ] as const);
  return new MigratorFailure(
    type,
    detail.replaceAll('DATABASE_URL', variable),
    { ...(code !== undefined && { code }) },
    { cause: error.cause },
  );
}
