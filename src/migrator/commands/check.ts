/** `db:check`: whether records, snapshot, manifest and files agree. */
import { parseArgs } from 'node:util';
import { checkMigrations } from '../author/make/check-migrations.ts';
import { signManifest } from '../author/make/sign-manifest.ts';
import { readBaseManifest } from '../review/lint/base-manifest.ts';
import { MigratorFailure } from '../failure.ts';
import { withRecords } from './records-orm.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:check [--write]

Compares the records (src/entities) with the migrations, and the migrations with their manifest. Needs no database. Ends with 1
when something is wrong, and says what to do.

  --write   signs the files first, as they are now: after you edited a migration that nobody else has yet
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
    const { signed, refused } = await signManifest(folder, await readBaseManifest(folder));
    if (refused.length > 0)
      throw new MigratorFailure('conflict', `Nothing was signed: ${refused.join('; ')}.`);
    io.stdout.write(signed.length === 0 ? 'Nothing to sign.\n' : `Signed ${signed.join(', ')}.\n`);
  }
  const faults = await withRecords(context.project, (orm) => checkMigrations(orm, folder));
  if (faults.length > 0) throw new MigratorFailure('conflict', faults.join('\n'));
  io.stdout.write('Records, migrations and manifest agree.\n');
  return 0;
}
