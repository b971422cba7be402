/** `db:unfake`: forgets that a migration was applied, without reverting it. */
import { parseArgs } from 'node:util';
import { unfakeNames } from '../run/state/fake-record.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { withMigrator } from './operator-migrator.ts';
import { demandReason } from './operator-reason.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:unfake NAME --reason "…" [--yes]

Takes away the record that a migration was applied, without reverting what it did. The next start applies it (again). For
one that did run, and was not only recorded, it asks for the database's name. A name is whole, its number, or the words
behind it.

  --reason "…"   why; it is demanded, and printed with the user's name for your log
  --yes          do not ask
`;

const OPTIONS = {
  reason: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const unfakeCommand: DatabaseCommand = {
  summary: 'forget that a migration was applied, without reverting it',
  run: runUnfake,
};

async function runUnfake(
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
  const [wanted, ...more] = positionals;
  if (wanted === undefined || more.length > 0)
    throw misuse('db:unfake wants the name of one migration; manage db:status lists them.');
  const databaseUrl = await context.databaseUrl();
  await withMigrator({ io, context, databaseUrl }, async ({ migrator }) => {
    const state = await migrator.state();
    const [name = wanted] = unfakeNames(state, wanted);
    refuseUnknown(state, name);
    if (state.tracked.find((row) => row.name === name)?.kind !== 'fake') {
      const what = `${name} ran on this database, and the next start runs it again: it may fail, or do it twice.`;
      await confirm(io, { what, databaseUrl, isAgreed: values.yes === true, context });
    }
    await migrator.removeRecord(name, { reason });
    io.stdout.write(`${name} is not recorded any more; nothing was reverted\n`);
  });
  return 0;
}

function refuseUnknown({ manifest }: MigrationState, name: string): void {
  if (manifest.migrations.some((entry) => entry.name === name)) return;
  throw misuse(
    `Nothing was done: this version has no migration ${name}, so it would never run again. Rows of such are deleted by manage db:prune.`,
  );
}
