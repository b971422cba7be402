/** `manage db:backup`: a backup by hand, and the removal of old ones. */
import { parseArgs } from 'node:util';
import { makeBackup } from '../upkeep/backup/make-backup.ts';
import { rotateBackups } from '../upkeep/backup/rotate-backups.ts';
import { misuse } from './io.ts';
import { countText } from './text.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:backup [--directory DIRECTORY] [--keep N]

Makes a backup of the whole database with pg_dump, which must be on the PATH and not older than the server, and records it in
the table database_backups, where a start with BACKUP_BEFORE_MIGRATE looks. Where there is no such pg_dump, as in the image,
the "backup" service does the same with the server's own programs: docker compose run --rm backup

  --directory DIRECTORY  where to; BACKUP_DIRECTORY when left out
  --keep N               remove all but the newest N backups of this database there

A backup is proven by db:restore-check, and read by pg_restore.
`;

const OPTIONS = {
  directory: { type: 'string' },
  keep: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const backupCommand: DatabaseCommand = { summary: 'back up the database', run: runBackup };

async function runBackup(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const directory = values.directory ?? context.backup.directory;
  if (directory === undefined) throw misuse('Say where to: --directory DIRECTORY, or set BACKUP_DIRECTORY.');
  const keep = parseKeep(values.keep);
  const databaseUrl = await context.databaseUrl();
  const { location, sizeBytes, sha256, isRecorded } = await makeBackup({ databaseUrl, directory });
  io.stdout.write(`${location}  ${countText(sizeBytes)} bytes  sha256 ${sha256}\n`);
  if (!isRecorded)
    io.stdout.write(
      'Not recorded: this database has no table database_backups yet, or this user may not write it.\n',
    );
  const removed = keep === undefined ? [] : await rotateBackups({ databaseUrl, directory, keep });
  for (const file of removed) io.stdout.write(`removed ${file}\n`);
  return 0;
}

function parseKeep(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw misuse(`--keep wants how many backups stay, 1 or more; it was "${text}".`);
}
