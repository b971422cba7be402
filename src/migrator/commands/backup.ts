/** `db backup`: a backup by hand, the removal of old ones, and the proof of one. */
import { checkRestore } from '../upkeep/backup/restore-check.ts';
import { makeBackup } from '../upkeep/backup/make-backup.ts';
import { flag, modeValue, value } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { countText } from './text.ts';
import type { RestoreReport } from '../upkeep/backup/restore-check.ts';

export const backupCommand = declareCommand({
  name: 'backup',
  about: `Makes a backup of the whole database with pg_dump, which must be on the PATH and not older than the server, and records it
    in the table database_backups, where a start with BACKUP_BEFORE_MIGRATE looks. Where there is no such pg_dump, as in the
    image, the "backup" service does the same with the server's own programs: docker compose run --rm backup

    --verify restores a backup into a scratch database, compares its schema and the number of its rows with the database, marks
    its record as verified when the schema is right, and removes the scratch database. Needs pg_restore on the PATH.`,
  exits: '0 done; with --verify 1 when it is not sound, 16 when it cannot be restored at all',
  options: {
    directory: value('DIRECTORY', 'where to; BACKUP_DIRECTORY when left out'),
    verify: modeValue('FILE', 'prove that backup'),
    json: flag('for machines', 'verify'),
  },
  async run({ values, context, say, isJson, report: print }) {
    if (values.verify !== undefined) {
      const report = await checkRestore({
        ...context.project,
        databaseUrl: await context.databaseUrl(),
        file: values.verify,
        onStep: (step) => void (isJson || say(`${step}\n`)),
      });
      print(report, textOf(report));
      return report.isSound ? 0 : 1;
    }
    const directory = values.directory ?? context.backup.directory;
    if (directory === undefined)
      throw misuse('Name the folder: --directory DIRECTORY, or set BACKUP_DIRECTORY.');
    const databaseUrl = await context.databaseUrl();
    const { location, sizeBytes, sha256, isRecorded } = await makeBackup({ databaseUrl, directory });
    say(`${location}  ${countText(sizeBytes)} bytes  sha256 ${sha256}\n`);
    if (!isRecorded)
      say('Not recorded: this database has no table database_backups yet, or this user may not write it.\n');
    return 0;
  },
});

/** Counts in columns, and what is wrong. */
function textOf({ comparedWith, differences, counts, isSound, verifiedRecords }: RestoreReport): string {
  const width = Math.max(5, ...counts.map(({ table }) => table.length));
  const rows = counts.map(({ table, restored, source }) => {
    const since = source - restored;
    const change = since === 0 ? '' : `  ${since > 0 ? '+' : '-'}${countText(Math.abs(since))} since`;
    return `  ${table.padEnd(width)}  ${countText(restored).padStart(12)}${change}`;
  });
  const record =
    verifiedRecords > 0
      ? 'Its record is marked as verified.'
      : 'No record of it was marked: none has this sha256, or this user may not write it.';
  return [
    'rows',
    ...rows,
    ...(isSound
      ? [`The backup is sound: its schema is that of ${comparedWith}.`, record]
      : [
          `The backup is not sound; compared with ${comparedWith}:`,
          ...differences.map((each) => `  ${each}`),
        ]),
    '',
  ].join('\n');
}
