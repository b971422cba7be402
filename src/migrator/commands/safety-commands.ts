/** The commands for safety: is the database what it should be, and could it be had back. */
import { backupCommand } from './backup.ts';
import { driftCommand } from './drift.ts';
import { fakeInitialCommand } from './fake-initial.ts';
import { restoreCheckCommand } from './restore-check.ts';
import type { DatabaseCommands } from './database-command.ts';

export const safetyCommands: DatabaseCommands = {
  'db:drift': driftCommand,
  'db:fake-initial': fakeInitialCommand,
  'db:backup': backupCommand,
  'db:restore-check': restoreCheckCommand,
};
