/** Telling a database that is away from a statement that is wrong. */

/** How sockets and name servers fail, and PostgreSQL's codes for stopping, starting, being full and ending an idle session. */
const UNAVAILABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|57P0[1235]|08...|53300)$/;
/** What the driver says without a code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;
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
