/** The commands of whoever changes the schema. */
import { checkCommand } from './check.ts';
import { makeCommand } from './make.ts';
import { rebaseCommand } from './rebase.ts';
import { sqlCommand } from './sql.ts';
import { squashCommand } from './squash.ts';
import type { DatabaseCommands } from './database-command.ts';

export const developerCommands: DatabaseCommands = {
  'db:make': makeCommand,
  'db:check': checkCommand,
  'db:rebase': rebaseCommand,
  'db:squash': squashCommand,
  'db:sql': sqlCommand,
};
