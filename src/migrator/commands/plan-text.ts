/** How a plan reads in a terminal. */
import { staticPlanText } from '../review/static-plan-text.ts';
import type { PlanReport } from './plan-report.ts';

/** Returns the plan as lines. */
export function planText(report: PlanReport): string {
  const { migrations, warnings, waiting } = report;
  return [
    `${headline(report)}\n`,
    ...(migrations.length === 0 ? [] : [`\n${staticPlanText(migrations)}`]),
    ...(waiting.length === 0
      ? []
      : [`\nWaiting until asked for (db migrate --contract): ${waiting.join(', ')}\n`]),
    ...warnings.map((warning) => `\nNote: ${warning}.\n`),
  ].join('');
}

function headline({ database, direction, migrations }: PlanReport): string {
  const verb = direction === 'up' ? 'apply' : 'revert';
  const start = `On database "${database}" db migrate would ${verb}`;
  if (migrations.length === 0) return `${start} nothing.`;
  const count = `${migrations.length} ${migrations.length === 1 ? 'migration' : 'migrations'}`;
  return `${start} ${count}. Nothing was run; this follows from the statements and from what the database knows of its tables.`;
}
