/** Whether a statement that failed can have been committed all the same. */

import { NotJson } from './json-rows.ts';

/** Classes of errors by which PostgreSQL refuses data, constraints or a deadlock: it has rolled the statement back. Source: its appendix A. */
const REFUSALS = ['22', '23', '40'];

/**
 * Whether the statement was not sent, or PostgreSQL itself said that it was undone. Any other error, above all a connection that broke,
 * may have come after the commit.
 */
export function certainlyRolledBack(error: unknown): boolean {
  if (error instanceof NotJson) return true;
  // Only errors of PostgreSQL have a severity. What it says is in the language of the database, the code is not.
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return false;
  return REFUSALS.includes(String(error.code).slice(0, 2));
}
