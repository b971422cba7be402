/** `db:status`: every migration that the database or this version knows, and what else concerns them. Writes nothing. */
import { parseArgs } from 'node:util';
import { readStatus } from '../inspect/doctor/status.ts';
import { statusText } from './status-text.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { CommandIo } from './io.ts';

const USAGE = `Usage: manage db:status [--json]

Shows every migration: applied (when, by whom, how long, by which version), pending, faked and why, squashed, waiting,
unknown to this version, edited, without a file, late. Then what waiting contracts wait for, backfills, indexes that were
left half-built, and who holds the migration lock. Writes nothing; a user that may only read is enough.

  --json   the same for machines
`;

const OPTIONS = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export const statusCommand: DatabaseCommand = {
  summary: 'every migration and how it stands',
  django: 'showmigrations',
  run: showStatus,
};

async function showStatus(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const status = await readStatus({ ...context.project, databaseUrl: await context.databaseUrl() });
  io.stdout.write(
    values.json === true
      ? `${JSON.stringify({ version: context.project.version, ...status }, undefined, 2)}\n`
      : statusText(status),
  );
  return 0;
}
