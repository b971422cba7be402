/** `db:plan`: what `db:migrate` would do to this database, and whom it would keep waiting. Leaves nothing behind. */
import { parseArgs } from 'node:util';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { makePlan } from './plan-report.ts';
import { planText } from './plan-text.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { PlanReport } from './plan-report.ts';

const USAGE = `Usage: manage db:plan [NAME | zero] [--static] [--json]

Shows what db:migrate with the same words would do to this database, in order: each statement with its time, whom its locks
keep waiting, and whether it writes a table anew. To know this, it runs the migrations in one transaction and rolls it back.
Nothing remains but gaps in sequences. While it runs it takes the real locks, so reads and writes of others may wait; a lock
that it does not get within 2 s it gives up. Migrations that run outside of a transaction are only listed.

  --static   run nothing, list the SQL
  --json     the same for machines
`;

const OPTIONS = {
  static: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const planCommand: DatabaseCommand = {
  summary: 'what db:migrate would do, with its locks',
  django: 'migrate --plan',
  run: runPlan,
};

async function runPlan(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const [target, ...more] = positionals;
  if (more.length > 0) throw misuse(`db:plan goes to one migration, and was given ${positionals.join(' ')}.`);
  const report = await makePlan(context, { target, isTried: values.static !== true });
  io.stdout.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : planText(report));
  throwFailure(report);
  return 0;
}

/** SQLSTATE of a statement that met the lock timeout. */
const LOCK_NOT_AVAILABLE = '55P03';

/** The plan was told; a script must still see that it cannot be carried out. */
function throwFailure({ migrations }: PlanReport): void {
  const failed = migrations.find(({ outcome }) => outcome === 'failed');
  if (failed?.failure === undefined) return;
  const { message, sqlState } = failed.failure;
  const code = sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`;
  const remedy =
    sqlState === LOCK_NOT_AVAILABLE
      ? 'Others use the table; db:migrate would try again for some minutes. See who it is with "manage db:unlock --who"'
      : 'Mend it before it is migrated';
  throw new MigratorFailure(
    'migration-failed',
    `${failed.name}.ts fails on this database${code}: ${message}. Everything was rolled back, nothing was changed. ${remedy}.`,
    { migration: failed.name },
  );
}
