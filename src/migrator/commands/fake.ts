/** `db:fake`: records migrations as applied without running them, with the reason. */
import { parseArgs } from 'node:util';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import { withMigrator } from './operator-migrator.ts';
import { demandReason } from './operator-reason.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:fake NAME… --reason "…" [--by WHO]
       manage db:fake NAME --through --reason "…" [--by WHO]

Records migrations as applied without running them, for what they do was done otherwise. The reason, the user and the
machine are kept and shown by db:status. A name is whole, its number, or the words behind it. Undo it with db:unfake.

  --through      that migration and all before it that are pending
  --reason "…"   why; it is demanded
  --by WHO       who says so, when it is not the user of this machine
`;

const OPTIONS = {
  through: { type: 'boolean' },
  reason: { type: 'string' },
  by: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const fakeCommand: DatabaseCommand = {
  summary: 'record migrations as applied without running them',
  django: 'migrate --fake',
  run: runFake,
};

async function runFake(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const reason = demandReason(values.reason);
  if (positionals.length === 0)
    throw misuse('db:fake wants the name of a migration; manage db:status lists them.');
  if (values.through === true && positionals.length > 1)
    throw misuse(`--through goes up to one migration, and was given ${positionals.join(' ')}.`);
  const databaseUrl = await context.databaseUrl();
  await withMigrator({ io, context, databaseUrl }, async ({ migrator }) => {
    const extent = values.through === true ? 'through' : 'each';
    const names = namesToFake(await migrator.state(), positionals, extent);
    const by = values.by !== undefined && { by: values.by };
    const faked = await migrator.recordFake(names, { reason, ...by });
    for (const name of faked) io.stdout.write(`recorded ${name} as applied; it did not run\n`);
  });
  return 0;
}

/** The migrator refuses what is applied; what a squash stands for is refused here. */
function namesToFake(
  { manifest, tracked, pending }: MigrationState,
  wanted: readonly string[],
  extent: 'each' | 'through',
): string[] {
  const listed = manifest.migrations.map(({ name }) => name);
  const applied = new Set(tracked.map(({ name }) => name));
  const meant = wanted.flatMap((name) => {
    const entries = resolveNames(listed, name);
    // Of a file whose first steps are applied, the rest is meant.
    const open = entries.filter((entry) => !applied.has(entry));
    return open.length > 0 ? open : entries;
  });
  for (const name of meant) {
    const isKnown = [...tracked, ...pending].some((each) => each.name === name);
    if (!isKnown)
      throw misuse(
        `Nothing was done: a squash or its originals stand for ${name} on this database. See manage db:status.`,
      );
  }
  if (extent === 'each') return meant;
  const last = listed.indexOf(meant[0] ?? '');
  const before = pending.filter(({ name }) => listed.indexOf(name) < last).map(({ name }) => name);
  return [...before, ...meant];
}
