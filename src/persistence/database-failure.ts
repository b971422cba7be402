/** What a failure of the database means. */

export { isDatabaseUnavailable } from '../migrator/index.ts';

/** PostgreSQL's code for a statement that its time limit has ended. */
const STATEMENT_ENDED = '57014';
/** The ORM wraps the driver's error once or twice. */
const DEPTH = 5;

/** Returns whether a failure means that a statement ran into its time limit. */
export function isReadTooSlow(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < DEPTH && current instanceof Error; depth += 1) {
    if ('code' in current && current.code === STATEMENT_ENDED) return true;
    current = current.cause;
  }
  return false;
}
