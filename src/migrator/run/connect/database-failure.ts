/** Failures of PostgreSQL and of the connection to it, and their messages. */
import { MigratorFailure } from '../../failure.ts';
import { INSUFFICIENT_PRIVILEGE } from './sql-states.ts';

/** How sockets and name servers fail, and PostgreSQL's codes for stopping, starting, being full and ending an idle session. */
const UNAVAILABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|57P0[1235]|08...|53300)$/;
/** What the driver says without a code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error/;
/** The ORM wraps the driver's error once or twice. */
const DEPTH = 5;

/** Returns whether an error means that the database cannot be reached now, so that trying again later may help. */
export function isDatabaseUnavailable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < DEPTH && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string' && UNAVAILABLE.test(current.code)) return true;
    if (UNAVAILABLE_MESSAGE.test(current.message)) return true;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return false;
}

/** Returns a MigratorFailure for a right that is missing and a connection that was lost, and any other error as it is. */
export function inWords(cause: unknown, databaseUrl: string): unknown {
  if (!(cause instanceof Error) || cause instanceof MigratorFailure) return cause;
  if ('code' in cause && cause.code === INSUFFICIENT_PRIVILEGE) {
    const text = `User "${new URL(databaseUrl).username}" lacks a right: ${cause.message}. Use the owner of the tables, in MIGRATION_DATABASE_URL.`;
    return new MigratorFailure('database-refused', text, {}, { cause });
  }
  if (!isDatabaseUnavailable(cause)) return cause;
  return new MigratorFailure(
    'database-unavailable',
    `The connection to the database was lost: ${cause.message}.`,
    {},
    { cause },
  );
}
