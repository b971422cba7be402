/** `db migrate --plan` and `--try`: what a migration would do to this database, and whom it would keep waiting. */
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { makePlan } from './plan-report.ts';
import { planText } from './plan-text.ts';
import type { CommandRun } from './declare-command.ts';
import type { PlanReport } from './plan-report.ts';

/** Prints the plan. One that was tried, which is to say run and rolled back, and failed is a failure. */
export async function showPlan(run: CommandRun, { isTried }: { readonly isTried: boolean }): Promise<void> {
  if (isTried && run.context.policy.isProduction)
    throw misuse(
      'Nothing was done: --try takes the real locks while it runs, so it is not for production. Use --plan there, and --try on a copy.',
    );
  const report = await makePlan(run, { isTried });
  run.report(report, planText(report));
  throwFailure(report);
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
      ? 'Others use the table; db migrate would try again for some minutes. See who it is with "manage db doctor --locks"'
      : 'Mend it before it is migrated';
  throw new MigratorFailure(
    'migration-failed',
    `${failed.name}.ts fails on this database${code}: ${message}. Everything was rolled back, nothing was changed. ${remedy}.`,
    { migration: failed.name },
  );
}
