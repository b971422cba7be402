/** Whether the database was away: the one question that the edge asks of a failure. */

export { isDatabaseUnavailable } from '../migrator/index.ts';
