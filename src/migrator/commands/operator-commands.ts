/** The commands with which an operator sees and changes how far a database is. */
import { doctorCommand } from './doctor.ts';
import { fakeCommand } from './fake.ts';
import { migrateCommand } from './migrate.ts';
import { pendingCommand } from './pending.ts';
import { pruneCommand } from './prune.ts';
import { shellCommand } from './shell.ts';
import { statusCommand } from './status.ts';
import { unfakeCommand } from './unfake.ts';
import { unlockCommand } from './unlock.ts';
import type { DatabaseCommands } from './database-command.ts';

export const operatorCommands: DatabaseCommands = {
  'db:migrate': migrateCommand,
  'db:status': statusCommand,
  'db:pending': pendingCommand,
  'db:fake': fakeCommand,
  'db:unfake': unfakeCommand,
  'db:prune': pruneCommand,
  'db:doctor': doctorCommand,
  'db:shell': shellCommand,
  'db:unlock': unlockCommand,
};
