/** `manage db:drift`: whether the database still is what its migrations made it. */
import { parseArgs } from 'node:util';
import { findDrift } from '../inspect/drift/find-drift.ts';
import { countText } from './text.ts';
import type { DriftReport } from '../inspect/drift/find-drift.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:drift [--scratch URL] [--records] [--json]

Compares the database with what its applied migrations make, and tells every difference: tables, columns, constraints,
indexes (invalid ones too), triggers, sequences, types, functions. The database is only read; a role that may only read is
enough. The migrations are run in a scratch database, on the same server if the role may make one there, else on an embedded
PostgreSQL of the same version; where neither is possible the records of this version are compared instead.

  --scratch URL  make the scratch database on that server
  --records      compare with the records and make no scratch database
  --json         for machines

Exit code: 0 no drift, 1 drift.
`;

const OPTIONS = {
  scratch: { type: 'string' },
  records: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const driftCommand: DatabaseCommand = {
  summary: 'compare the database with what its migrations make',
  run: runDrift,
};

async function runDrift(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const databaseUrl = await context.databaseUrl();
  const report = await findDrift({
    ...context.project,
    databaseUrl,
    scratchServerUrl: values.scratch,
    isRecordsOnly: values.records === true,
  });
  io.stdout.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report));
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
