/** The commands for what a change of the schema leaves to be done while the server runs: backfills, and then contracts. */
import { backfillCommand } from './backfill.ts';
import { contractCommand } from './contract.ts';
import type { DatabaseCommands } from './database-command.ts';

export const changeCommands: DatabaseCommands = {
  'db:backfill': backfillCommand,
  'db:contract': contractCommand,
};
