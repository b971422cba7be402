/** `db:check`: whether records, snapshot, manifest and files agree. */
import { parseArgs } from 'node:util';
import { checkMigrations } from '../author/make/check-migrations.ts';
import { writeManifest } from '../run/state/manifest.ts';
import { MigratorFailure } from '../failure.ts';
import { countText } from './text.ts';
import { withRecords } from './records-orm.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:check [--write]

Compares the records (src/entities) with the migrations, and the migrations with their manifest. Needs no database. Ends with 1
when something is wrong, and says what to do.

  --write   makes the manifest anew from the files first: after you edited a migration that is applied nowhere else
`;

const OPTIONS = { write: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export const checkCommand: DatabaseCommand = {
  summary: 'whether records, migrations and manifest agree',
  run: runCheck,
};

async function runCheck(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const { folder } = context.project;
  if (values.write === true) {
    const { migrations, head } = await writeManifest(folder);
    io.stdout.write(
      `Wrote the manifest of ${countText(migrations.length)} migrations; the last is ${head}.\n`,
    );
  }
  const faults = await withRecords(context.project, (orm) => checkMigrations(orm, folder));
  if (faults.length > 0) throw new MigratorFailure('conflict', faults.join('\n'));
  io.stdout.write('Records, migrations and manifest agree.\n');
  return 0;
}
