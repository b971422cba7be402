/** The commands with which a change of the schema is judged before it is made. */
import { lintCommand } from './lint.ts';
import { planCommand } from './plan.ts';
import type { DatabaseCommands } from './database-command.ts';

export const reviewCommands: DatabaseCommands = {
  'db:lint': lintCommand,
  'db:plan': planCommand,
};
