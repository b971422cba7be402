/** `db:doctor`: what is wrong with the database, one line a check, each with its remedy. Writes nothing. */
import { parseArgs } from 'node:util';
import { examine } from '../inspect/doctor/examine.ts';
import { openReader } from '../inspect/doctor/reader.ts';
import { MigratorFailure } from '../failure.ts';
import { alignedLines } from './text.ts';
import type { NamedFinding } from '../inspect/doctor/finding.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:doctor [--json]

Examines the database and prints a line for each check: ok, warn or FAIL, and what to do. It looks at the connection, the
server's version, a pooler in between, rights, the installation, migrations, their lock, backfills, the newest backup,
half-built indexes, constraints that were not validated, long and idle transactions, waiting sessions, clocks, durability
and size. Writes nothing. Exit code 1 when a check fails, 0 otherwise.

  --json   the same for machines
`;

const OPTIONS = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export const doctorCommand: DatabaseCommand = {
  summary: 'what is wrong with the database, and what to do',
  django: 'check --database',
  run: runDoctor,
};

async function runDoctor(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const findings = await findingsOf(context);
  const isHealthy = findings.every(({ verdict }) => verdict !== 'fail');
  io.stdout.write(
    values.json === true
      ? `${JSON.stringify({ isHealthy, findings }, undefined, 2)}\n`
      : findingsText(findings),
  );
  return isHealthy ? 0 : 1;
}

async function findingsOf(context: DatabaseCommandContext): Promise<NamedFinding[]> {
  const databaseUrl = await context.databaseUrl().catch((error: unknown) => {
    if (error instanceof MigratorFailure) return error;
    throw error;
  });
  // Without a connection there is one thing to say, and the error says what to do.
  if (databaseUrl instanceof MigratorFailure)
    return [{ check: 'connection', verdict: 'fail', said: databaseUrl.message }];
  const reader = openReader({ ...context.project, databaseUrl });
  try {
    return await examine({
      reader,
      isProduction: context.policy.isProduction,
      backup: context.backup,
    });
  } finally {
    await reader.close();
  }
}

function findingsText(findings: readonly NamedFinding[]): string {
  const lines = alignedLines(
    findings.flatMap(({ check, verdict, said, remedy }) => [
      [verdict === 'fail' ? 'FAIL' : verdict, check, said],
      ...(remedy === undefined ? [] : [['', '', `→ ${remedy}`]]),
    ]),
  );
  const count = (verdict: NamedFinding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  return `${lines}\nok: ${count('ok')}, warnings: ${count('warn')}, failures: ${count('fail')}\n`;
}
