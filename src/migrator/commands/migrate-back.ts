/** Reverts migrations, after telling what is lost and asking. */
import { waitingContracts } from '../run/state/migration-state.ts';
import { lookBack } from '../inspect/doctor/way-back.ts';
import { countText } from './text.ts';
import { confirm } from './confirm.ts';
import { backUpFirst, tellEach } from './migrate-run.ts';
import type { Loss } from '../inspect/doctor/count-loss.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { StepBack } from '../inspect/doctor/way-back.ts';
import type { MigrateWork } from './migrate-forward.ts';
import type { MigratePlan } from './migrate-plan.ts';

/** Prints the plan, asks, and carries it out. */
export async function revertMigrations({ entries, target }: MigratePlan, work: MigrateWork): Promise<void> {
  const { run, comparison, query, backupMode, opened } = work;
  const { migrator, orm, databaseUrl } = opened;
  if (entries.length === 0)
    return run.say(
      target === 'zero'
        ? 'Nothing is applied.\n'
        : `Nothing to do: ${target} is the last that was applied.\n`,
    );
  const parts = { driver: orm.driver, config: orm.config };
  const { isProduction } = run.context.policy;
  const steps = withoutBookkeeping(await lookBack(comparison, entries, { query, parts, isProduction }));
  run.say(planText(steps));
  const what = `This reverts ${steps.length === 1 ? '1 migration' : `${steps.length} migrations`}; ${lossText(steps)}.`;
  await confirm(run, { what, databaseUrl });
  await backUpFirst(run, opened, backupMode);
  tellEach(migrator, run, 'reverted');
  const done = await migrator.down({ migrations: entries.map(({ name }) => name) });
  run.say(`${done.length} reverted. ${whatComesBack(done, await migrator.state())}\n`);
}

function withoutBookkeeping(steps: readonly StepBack[]): StepBack[] {
  return steps.map((step) => ({ ...step, losses: step.losses.filter((loss) => !isBookkeeping(loss)) }));
}

/** What a backfill has on record is the migrator's own, and nobody's loss. */
function isBookkeeping({ kind, table }: Loss): boolean {
  return kind === 'rows' && /(?:^|\.)"?backfill_jobs"?$/i.test(table);
}

function whatComesBack(reverted: readonly { readonly name: string }[], state: MigrationState): string {
  const waiting = waitingContracts(state).filter(({ name }) => reverted.some((each) => each.name === name));
  if (waiting.length === 0) return 'The server of this version applies them again when it starts.';
  const wait = 'until manage db migrate --contract, or a start that is told to run contracts.';
  if (waiting.length === reverted.length)
    return waiting.length === 1
      ? `It is a contract, and waits ${wait}`
      : `They are contracts, and wait ${wait}`;
  return `The server of this version applies them again when it starts; the contracts among them wait ${wait}`;
}

function planText(steps: readonly StepBack[]): string {
  return steps
    .map(({ name, statements, losses, isFaked }) =>
      [
        `will revert ${name}`,
        ...(isFaked ? ['  it was recorded without running: what it takes away may not be there'] : []),
        ...(statements === undefined
          ? ['  it decides while it runs what it does; what is lost cannot be told']
          : []),
        ...losses.map((loss) => `  ${removalText(loss)}`),
      ]
        .map((line) => `${line}\n`)
        .join(''),
    )
    .join('');
}

function removalText(loss: Loss): string {
  const rows =
    loss.rows === undefined ? undefined : `${loss.isEstimate ? 'about ' : ''}${countText(loss.rows)}`;
  switch (loss.kind) {
    case 'table':
      return `drops table ${loss.table} with ${rows ?? 'an unknown number of'} rows`;
    case 'column':
      return `drops column ${loss.column} of ${loss.table}, ${rows === undefined ? 'with an unknown number of values' : `with a value in ${rows} rows`}`;
    case 'values':
      return (
        `gives ${loss.column} of ${loss.table} the type ${loss.type}, which ${misfitText(loss.rows, rows)}: ` +
        (loss.isRefused
          ? 'it stops there, and nothing of that is lost'
          : 'what does not fit may be cut or rounded')
      );
    case 'rows':
      return `deletes rows of ${loss.table}, which has ${rows ?? 'an unknown number'}`;
  }
}

function misfitText(count: number | undefined, text = 'an unknown number of'): string {
  return count === 1 ? '1 value does not fit' : `${text} values do not fit`;
}

function lossText(steps: readonly StepBack[]): string {
  const losses = steps.flatMap((step) => step.losses);
  const isVague =
    steps.some(({ statements }) => statements === undefined) ||
    losses.some(({ rows, isEstimate, kind }) => rows === undefined || isEstimate || kind === 'rows');
  const rows = losses.filter(({ kind }) => kind === 'table').reduce((sum, loss) => sum + (loss.rows ?? 0), 0);
  const cut = losses
    .filter((loss) => loss.kind === 'values' && !loss.isRefused)
    .reduce((sum, loss) => sum + (loss.rows ?? 0), 0);
  const columns = losses.filter(({ kind, rows: held }) => kind === 'column' && held !== 0).length;
  if (rows + columns + cut === 0) return isVague ? 'what is lost cannot be told' : 'no rows are lost';
  const parts = [
    ...(rows > 0 ? [`${countText(rows)} ${rows === 1 ? 'row' : 'rows'} of dropped tables`] : []),
    ...(cut > 0 ? [`parts of ${countText(cut)} ${cut === 1 ? 'value' : 'values'}`] : []),
    ...(columns > 0 ? [`the values of ${columns === 1 ? 'a column' : `${columns} columns`}`] : []),
  ];
  return `${isVague ? 'at least ' : ''}${parts.join(' and ')} ${rows === 1 && columns + cut === 0 ? 'is' : 'are'} lost`;
}
