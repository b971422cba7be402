/** The migrator and the reader as the commands use them: with the server's settings, and words for a person. */
import { openReader } from '../inspect/doctor/reader.ts';
import { inWords } from '../run/connect/access-failure.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { MigratorFailure } from '../failure.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandIo } from './io.ts';
import type { Reader } from '../inspect/doctor/reader.ts';
import type { OpenedMigrator } from '../run/open-migrator.ts';

export interface OperatorMigrator extends OpenedMigrator {
  readonly databaseUrl: string;
  /** Aborts when the person stops the command: what runs is rolled back, and what is done stays. */
  readonly signal: AbortSignal;
}

/**
 * Does work with an open migrator. What that waits for and what it finds unusual goes to stderr; what was asked for is
 * printed by who asked.
 */
export async function withMigrator<Result>(
  { io, context }: { readonly io: CommandIo; readonly context: DatabaseCommandContext },
  work: (opened: OperatorMigrator) => Promise<Result>,
): Promise<Result> {
  const databaseUrl = await context.databaseUrl();
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
    return await work({ ...opened, databaseUrl, signal: stopping.signal });
  } catch (error) {
    throw inWords(error, databaseUrl);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await opened.close();
  }
}

/** Does work with a session that only reads. */
export async function withReader<Result>(
  context: DatabaseCommandContext,
  work: (reader: Reader) => Promise<Result>,
): Promise<Result> {
  const reader = openReader({ ...context.project, databaseUrl: await context.databaseUrl() });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

function stopped(): MigratorFailure {
  return new MigratorFailure(
    'migration-failed',
    'Stopped. What was told as done stays; what ran was rolled back. Run it again to continue.',
  );
}

function fieldsText(fields: object): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
