/** Whether a failure means that the database could not be reached. */

export { isDatabaseUnavailable } from '../migrator/index.ts';
