/** `manage db:restore-check`: proves a backup by restoring it. */
import { parseArgs } from 'node:util';
import { checkRestore } from '../upkeep/backup/restore-check.ts';
import { misuse } from './io.ts';
import { countText } from './text.ts';
import type { RestoreReport } from '../upkeep/backup/restore-check.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:restore-check FILE [--server URL] [--exact] [--json]

Restores a backup into a scratch database, compares its schema and the number of its rows with the database, marks the
record of the backup as verified when the schema is right, and removes the scratch database. The database itself is only read,
but for that mark. Needs pg_restore on the PATH.

  --server URL  restore on that server and not on the database's own; any database of it is named in the URL
  --exact       the numbers of rows must be the same: for a database that nobody has written to since the backup
  --json        for machines

Exit code: 0 the backup is sound, 1 it is not, 16 it cannot be restored at all.
`;

const OPTIONS = {
  server: { type: 'string' },
  exact: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const restoreCheckCommand: DatabaseCommand = {
  summary: 'prove a backup by restoring it',
  run: runRestoreCheck,
};

async function runRestoreCheck(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw misuse('db:restore-check wants one file: the backup.');
  const isJson = values.json === true;
  const report = await checkRestore({
    ...context.project,
    databaseUrl: await context.databaseUrl(),
    file,
    serverUrl: values.server,
    isExact: values.exact === true,
    onStep: (step) => void (isJson || io.stdout.write(`${step}\n`)),
  });
  io.stdout.write(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report));
  return report.isSound ? 0 : 1;
}

/** How tables are told from each other in columns. */
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
