/** The migrator and the reader as the commands use them: with the server's settings, and messages for a person. */
import { withReader as withReaderOf } from '../inspect/doctor/reader.ts';
import { inWords } from '../run/connect/database-failure.ts';
import { onMigrator } from '../run/open-migrator.ts';
import { MigratorFailure } from '../failure.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandIo } from './io.ts';
import type { Reader } from '../inspect/doctor/reader.ts';
import type { OpenedMigrator } from '../run/open-migrator.ts';
import type { MigratorLog } from '../run/migrator-settings.ts';

export interface OperatorMigrator extends OpenedMigrator {
  readonly databaseUrl: string;
  /** Aborts when the person stops the command: what runs is rolled back, and what is done stays. */
  readonly signal: AbortSignal;
}

interface CommandParts {
  readonly io: CommandIo;
  readonly context: DatabaseCommandContext;
}

/** Does work with an open migrator; what was asked for is printed by who asked. */
export async function withMigrator<Result>(
  { io, context }: CommandParts,
  work: (opened: OperatorMigrator) => Promise<Result>,
): Promise<Result> {
  const databaseUrl = await context.databaseUrl();
  try {
    return await onMigrator({ ...context.project, databaseUrl }, (opened) =>
      untilStopped((signal) => {
        opened.migrator.configure({ log: logTo(io), signal, ...context.policy });
        return work({ ...opened, databaseUrl, signal });
      }),
    );
  } catch (error) {
    throw inWords(error, databaseUrl);
  }
}

/** Does work with a signal that aborts when the person stops the command. */
export async function untilStopped<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stopping = new AbortController();
  const stop = (): void =>
    stopping.abort(
      new MigratorFailure(
        'migration-failed',
        'Stopped. What was reported as done stays; what ran was rolled back. Run it again to continue.',
      ),
    );
  // Once: the second signal ends the process at once.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(stopping.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Does work with a session that only reads. */
export async function withReader<Result>(
  context: DatabaseCommandContext,
  work: (reader: Reader) => Promise<Result>,
): Promise<Result> {
  return withReaderOf({ ...context.project, databaseUrl: await context.databaseUrl() }, work);
}

/** Returns a log for what a run waits for and what it finds unusual: it goes to stderr. */
export function logTo({ stderr }: CommandIo): MigratorLog {
  const write = (fields: object, message: string): void => {
    const parts = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
    stderr.write(`${message}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}\n`);
  };
  return { info: write, warn: write };
}
