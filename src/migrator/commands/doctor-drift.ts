/** `db doctor --drift`: whether the database still is what its migrations made it. */
import { findDrift } from '../inspect/drift/find-drift.ts';
import { countText } from './text.ts';
import type { DriftReport } from '../inspect/drift/find-drift.ts';
import type { CommandRun } from './declare-command.ts';

interface DriftWords {
  readonly scratch?: string;
  readonly entities?: true;
}

/** Prints the differences, and returns the exit code: 1 when there are some. */
export async function showDrift(
  { context, report: print }: CommandRun,
  { scratch, entities }: DriftWords,
): Promise<number> {
  const report = await findDrift({
    ...context.project,
    databaseUrl: await context.databaseUrl(),
    scratchServerUrl: scratch,
    isRecordsOnly: entities === true,
  });
  print(report, textOf(report));
  return countOf(report) === 0 ? 0 : 1;
}

function countOf({ differences, statements }: DriftReport): number {
  return differences.length + statements.length;
}

function textOf(report: DriftReport): string {
  const { differences, statements, notes } = report;
  const count = countOf(report);
  const verdict =
    count === 0
      ? `No drift: the database is as ${modelOf(report)}.`
      : `${countText(count)} ${count === 1 ? 'difference' : 'differences'}: the database is not as ${modelOf(report)}.`;
  return [
    verdict,
    ...differences.map(({ sentence }) => `  ${sentence}`),
    ...statements.map((statement) => `  the records want: ${statement}`),
    ...notes,
    '',
  ].join('\n');
}

function modelOf({ comparedWith, applied }: DriftReport): string {
  if (comparedWith === 'records') return 'the records of this version say';
  if (applied.length === 0) return 'no migration made it';
  if (applied.length === 1) return 'its one applied migration makes it';
  return `its ${countText(applied.length)} applied migrations make it`;
}
