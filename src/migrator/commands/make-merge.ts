/** `db make --merge`: puts your migrations behind those of the branch that you merge with. */
import { schemaToolsOf } from '../author/make/schema-change.ts';
import { listMigrationFiles } from '../run/state/load-migrations.ts';
import { fileOf } from '../run/state/entry-name.ts';
import { migrationsElsewhere, planRebase, rebaseMigrations } from '../author/make/rebase.ts';
import { onPlainConnection } from '../run/connect/plain-connection.ts';
import { misuse } from './io.ts';
import { findMigration } from './migration-names.ts';
import { alignedLines } from './text.ts';
import { withRecords } from './records-orm.ts';
import type { Restamp } from '../author/make/rebase.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandRun } from './declare-command.ts';

interface MergeWords {
  readonly onto?: string;
  readonly own?: readonly string[];
  readonly applied?: true;
}

/** Gives them new times, and makes manifest and snapshot again. */
export async function mergeMigrations(
  run: CommandRun,
  { onto, own: named, applied }: MergeWords,
): Promise<void> {
  const { context, say } = run;
  if (onto !== undefined && named !== undefined)
    throw misuse('--onto asks git, --own does not: give one of them.');
  const { folder } = context.project;
  const names = (await listMigrationFiles(folder)).map(({ name }) => name);
  const own = named?.map((wanted) => findMigration(names, wanted)) ?? (await ownByGit(run, { names, onto }));
  const nowAt = Date.now();
  const planned = await planRebase({ folder, own, nowAt });
  if (applied !== true) await refuseApplied(planned, context);
  const restamps = await withRecords(context.project, (orm) => {
    const target = schemaToolsOf(orm.config).generator.getTargetSchema();
    return rebaseMigrations({ folder, own, target, nowAt });
  });
  say(
    restamps.length === 0
      ? 'No migration had to move.\n'
      : alignedLines(restamps.map(({ from, to }) => [from, '→', to])),
  );
  say(
    'Manifest and snapshot are made again, the snapshot from the entities as they are: "npm test" shows whether the migrations make all of them.\n',
  );
}

async function ownByGit(
  { context, say }: CommandRun,
  { names, onto }: { readonly names: readonly string[]; readonly onto: string | undefined },
): Promise<string[]> {
  const others = await migrationsElsewhere(context.project.folder, onto);
  const own = names.filter((name) => !others.names.has(name));
  say(`${own.length} of ${names.length} migrations are not in ${others.references.join(' or ')}.\n`);
  return own;
}

/** A database that has a migration under its old name would run it again under the new one. */
async function refuseApplied(planned: readonly Restamp[], context: DatabaseCommandContext): Promise<void> {
  if (planned.length === 0) return;
  const applied = await appliedNames(context);
  const here = planned
    .filter(({ from }) => applied.some((name) => fileOf(name) === from))
    .map(({ from }) => from);
  if (here.length === 0) return;
  throw misuse(
    `Nothing was done: ${here.join(', ')} is applied in the database that is configured here, under this name. ` +
      'Take it back there first, on your branch as it was before the merge (npm run db -- migrate, and the name of the ' +
      'migration before it). Or pass --applied, and throw that database away.',
  );
}

/** Without a database this check is left out: most merges are made where none runs. */
async function appliedNames(context: DatabaseCommandContext): Promise<string[]> {
  const url = await context.knownDatabaseUrl();
  if (url === undefined) return [];
  return onPlainConnection(url, 'merge', async (query) => {
    return (await query('select name from mikro_orm_migrations')).map(({ name }) => String(name));
  }).catch(() => []);
}
