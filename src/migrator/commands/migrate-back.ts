/** Reverts migrations, after listing what is lost and asking. */
import { lookBack } from '../inspect/doctor/way-back.ts';
import { countText } from './text.ts';
import { confirm } from './confirm.ts';
import { backUpFirst, printEach } from './migrate-run.ts';
import type { Loss, StepBack } from '../inspect/doctor/way-back.ts';
import type { MigrateWork } from './migrate-run.ts';
import type { MigratePlan } from './migrate-plan.ts';

/** Prints the plan, asks, and carries it out. */
export async function revertMigrations({ entries, target }: MigratePlan, work: MigrateWork): Promise<void> {
  const { run, comparison, query, opened } = work;
  const { migrator, databaseUrl } = opened;
  if (entries.length === 0)
    return run.say(
      target === 'zero'
        ? 'Nothing is applied.\n'
        : `Nothing to do: ${target} is the last that was applied.\n`,
    );
  const { isProduction } = run.context.policy;
  const steps = await lookBack(comparison, entries, { query, isProduction });
  for (const step of steps) run.say(stepText(step));
  const isLossless = steps.every(({ losses }) => losses?.every(({ rows }) => rows === 0) === true);
  const lost = isLossless ? 'no rows are lost' : 'what is lost is listed above';
  const what = `This reverts ${steps.length} ${steps.length === 1 ? 'migration' : 'migrations'}; ${lost}.`;
  await confirm(run, { what, databaseUrl });
  await backUpFirst(run, opened);
  printEach(migrator, run, 'reverted');
  const done = await migrator.down({ migrations: entries.map(({ name }) => name) });
  run.say(
    `${done.length} reverted. The server of this version applies them again when it starts, contracts when they are asked for.\n`,
  );
}

function stepText({ name, losses, isFaked }: StepBack): string {
  return [
    `will revert ${name}`,
    ...(isFaked ? ['  it was recorded without running: what it removes may not be there'] : []),
    ...(losses?.map((loss) => `  ${lossText(loss)}`) ?? [
      '  it decides while it runs what it does; what is lost cannot be known',
    ]),
    '',
  ].join('\n');
}

function lossText(loss: Loss): string {
  const { table, rows, isEstimate } = loss;
  const count = rows === undefined ? 'an unknown number' : `${isEstimate ? 'about ' : ''}${countText(rows)}`;
  switch (loss.kind) {
    case 'table':
      return `drops table ${table}; rows: ${count}`;
    case 'column':
      return `drops column ${loss.column} of ${table}; rows with a value: ${count}`;
    case 'values':
      return (
        `gives ${loss.column} of ${table} the type ${loss.type}; values that do not fit: ${count}; ` +
        (loss.isRefused
          ? 'it stops there, and nothing of that is lost'
          : 'what does not fit may be cut or rounded')
      );
    case 'rows':
      return `deletes rows of ${table}; it has ${count}`;
  }
}
