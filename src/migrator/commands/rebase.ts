/** `db:rebase`: puts your migrations behind those of the branch that you merge with. */
import { parseArgs } from 'node:util';
import { schemaToolsOf } from '../author/make/schema-change.ts';
import { listMigrationFiles } from '../run/state/load-migrations.ts';
import { fileOf } from '../run/state/entry-name.ts';
import { planRebase, rebaseMigrations } from '../author/rebase/rebase.ts';
import { migrationsElsewhere } from '../author/rebase/rebase-git.ts';
import { resolveName } from '../run/state/selection.ts';
import { openPlainConnection } from '../run/connect/plain-connection.ts';
import { misuse } from './io.ts';
import { alignedLines } from './text.ts';
import { withRecords } from './records-orm.ts';
import type { Restamp } from '../author/rebase/rebase.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:rebase [--onto BRANCH] [--own NAME…] [--applied]

After a merge or a rebase in which both branches have added migrations: gives yours new times, after those of the other branch,
and makes manifest.json and .snapshot.json anew, also when they are full of conflict markers. Settle conflicts in src/entities
first, then run this, then "git add src/migrations".

  --onto BRANCH   the other branch; main and origin/main when left out
  --own NAME      a migration of yours, as often as there are some; git is not asked then
  --applied       also when one of yours is applied in the database that is configured here
`;

const OPTIONS = {
  onto: { type: 'string' },
  own: { type: 'string', multiple: true },
  applied: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const rebaseCommand: DatabaseCommand = {
  summary: "put your migrations behind another branch's (Django: makemigrations --merge)",
  run: runRebase,
};

async function runRebase(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const { onto, own: named } = values;
  if (onto !== undefined && named !== undefined)
    throw misuse('--onto asks git, --own does not: give one of them.');
  const { folder } = context.project;
  const names = (await listMigrationFiles(folder)).map(({ name }) => name);
  const own =
    named === undefined
      ? await ownByGit(io, folder, { names, onto })
      : named.map((wanted) => resolveName(names, wanted));
  const nowAt = Date.now();
  const planned = await planRebase({ folder, own, nowAt });
  if (values.applied !== true) await refuseApplied(planned, context);
  const restamps = await withRecords(context.project, (orm) => {
    const target = schemaToolsOf(orm.config).generator.getTargetSchema();
    return rebaseMigrations({ folder, own, target, nowAt });
  });
  io.stdout.write(
    restamps.length === 0
      ? 'No migration had to move.\n'
      : alignedLines(restamps.map(({ from, to }) => [from, '→', to])),
  );
  io.stdout.write(
    'Manifest and snapshot are made anew, the snapshot from the records as they are: "npm test" shows whether the migrations make all of them.\n',
  );
  return 0;
}

async function ownByGit(
  io: CommandIo,
  folder: string,
  { names, onto }: { readonly names: readonly string[]; readonly onto: string | undefined },
): Promise<string[]> {
  const others = await migrationsElsewhere(folder, onto);
  const own = names.filter((name) => !others.names.has(name));
  io.stdout.write(
    `${own.length} of ${names.length} migrations are not in ${others.references.join(' or ')}.\n`,
  );
  return own;
}

/** A database that has a migration under its old name would be told to run it again under the new one. */
async function refuseApplied(planned: readonly Restamp[], context: DatabaseCommandContext): Promise<void> {
  if (planned.length === 0) return;
  const applied = await appliedNames(context);
  const here = planned
    .filter(({ from }) => applied.some((name) => fileOf(name) === from))
    .map(({ from }) => from);
  if (here.length === 0) return;
  throw misuse(
    `Nothing was done: ${here.join(', ')} is applied in the database that is configured here, under this name. ` +
      'Take it back there first, on your branch as it was before the merge (npm run db:migrate -- the migration before it). ' +
      'Or say --applied, and throw that database away.',
  );
}

/** What cannot be seen cannot be minded: most rebases are made where no database runs. */
async function appliedNames(context: DatabaseCommandContext): Promise<string[]> {
  const url = await context.knownDatabaseUrl();
  if (url === undefined) return [];
  const connection = openPlainConnection(url, 'rebase');
  try {
    return (await connection.query('select name from mikro_orm_migrations')).map(({ name }) => String(name));
  } catch {
    return [];
  } finally {
    await connection.close();
  }
}
