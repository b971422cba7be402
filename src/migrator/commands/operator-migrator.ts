/** The migrator as the operator's commands use it: with the server's settings, and words for a person. */
import { inWords } from '../run/connect/access-failure.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { MigratorFailure } from '../failure.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { OpenedMigrator } from '../run/open-migrator.ts';
import type { CommandIo } from './io.ts';

export interface OperatorMigratorSettings {
  readonly io: CommandIo;
  readonly context: DatabaseCommandContext;
  readonly databaseUrl: string;
}

export interface OperatorMigrator extends OpenedMigrator {
  /** Aborts when the person stops the command: what runs is rolled back, and what is done stays. */
  readonly signal: AbortSignal;
}

/**
 * Does work with an open migrator. What that waits for and what it finds unusual goes to stderr; what was asked for is
 * printed by who asked.
 */
export async function withMigrator(
  { io, context, databaseUrl }: OperatorMigratorSettings,
  work: (opened: OperatorMigrator) => Promise<void>,
): Promise<void> {
  const opened = openMigrator({ ...context.project, databaseUrl });
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(stopped());
  // Once: the second signal ends the process at once.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const tell = (fields: object, message: string): void =>
    void io.stderr.write(`${message}${fieldsText(fields)}\n`);
  opened.migrator.configure({
    log: { info: tell, warn: tell },
    signal: stopping.signal,
    ...context.policy,
  });
  try {
    await work({ ...opened, signal: stopping.signal });
  } catch (error) {
    throw inWords(error, databaseUrl);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await opened.close();
  }
}

function stopped(): MigratorFailure {
  return new MigratorFailure(
    'migration-failed',
    'Stopped. What was told as done stays; what ran was rolled back. Run it again to go on.',
  );
}

function fieldsText(fields: object): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
