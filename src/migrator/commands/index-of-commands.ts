/** Every command about the schema, and the names under which people find it. */
import { changeCommands } from './change-commands.ts';
import { developerCommands } from './developer-commands.ts';
import { operatorCommands } from './operator-commands.ts';
import { reviewCommands } from './review-commands.ts';
import { safetyCommands } from './safety-commands.ts';
import type { DatabaseCommand } from './database-command.ts';

const COMMANDS: Readonly<Record<string, DatabaseCommand>> = {
  ...developerCommands,
  ...operatorCommands,
  ...reviewCommands,
  ...changeCommands,
  ...safetyCommands,
};

/** Returns a command by its name, by its name without `db:`, or by Django's. */
export function findDatabaseCommand(name: string): DatabaseCommand | undefined {
  const found = Object.entries(COMMANDS).find(
    ([known, { django }]) => known === name || known === `db:${name}` || django === name,
  );
  return found?.[1];
}

/** Names and summaries, in the order in which they are told. */
export function databaseCommandSummaries(): readonly (readonly [string, string])[] {
  return Object.entries(COMMANDS).map(([name, { summary, django }]) => [
    name,
    django === undefined ? summary : `${summary} (Django: ${django})`,
  ]);
}
