/** `db doctor`: what is wrong with the database, one line a check, each with its remedy. */
import { examine } from '../inspect/doctor/examine.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, mode, modeValue, value } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { showDrift } from './doctor-drift.ts';
import { endHolder, showLocks } from './doctor-locks.ts';
import { withReader } from './operator-migrator.ts';
import { alignedLines } from './text.ts';
import type { NamedFinding } from '../inspect/doctor/finding.ts';
import type { DatabaseCommandContext } from './database-command.ts';

export const doctorCommand = declareCommand({
  name: 'doctor',
  summary: 'what is wrong with the database, and what to do',
  django: 'check --database',
  about: `Examines the database and prints a line for each check: ok, warn or FAIL, and what to do. It looks at the connection, the
    server's version, a pooler in between, rights, the installation, migrations, their lock, backfills, the newest backup,
    half-built indexes, constraints that were not validated, long and idle transactions, waiting sessions and durability. It
    writes nothing.

    --drift compares the database with what its applied migrations make, and tells every difference: tables, columns,
    constraints, indexes (invalid ones too), triggers, sequences, types, functions. The migrations are run in a scratch database,
    on the same server if the role may make one there, else on an embedded PostgreSQL of the same version; where neither is
    possible the entities of this version are compared instead. The database itself is only read.`,
  exits: '0, or 1 when a check fails or, with --drift, when there is a difference',
  options: {
    drift: mode('compare the database with what its migrations make'),
    scratch: value('URL', 'make the scratch database on that server', 'drift'),
    entities: flag('compare with the entities and make no scratch database', 'drift'),
    locks: mode('which session holds the migration lock, since when and what it does, and who waits for it'),
    terminate: modeValue(
      'PID',
      "end the session of that PostgreSQL process, if it holds the lock; what it has not committed is rolled back. Asks for the database's name before",
    ),
    yes: flag('do not ask', 'terminate'),
    json: flag('for machines'),
  },
  async run(run) {
    const { mode: chosen, values } = run;
    if (chosen === 'drift') return showDrift(run, values);
    if (chosen === 'locks') return showLocks(run);
    if (values.terminate !== undefined) return endHolder(run, values.terminate);
    const findings = await findingsOf(run.context);
    const isHealthy = findings.every(({ verdict }) => verdict !== 'fail');
    run.report({ isHealthy, findings }, findingsText(findings));
    return isHealthy ? 0 : 1;
  },
});

async function findingsOf(context: DatabaseCommandContext): Promise<NamedFinding[]> {
  const { isProduction } = context.policy;
  const databaseUrl = await context.databaseUrl().catch((error: unknown) => {
    if (error instanceof MigratorFailure) return error;
    throw error;
  });
  // Without a connection there is one thing to say, and the error says what to do.
  if (databaseUrl instanceof MigratorFailure)
    return [{ check: 'connection', verdict: 'fail', said: databaseUrl.message }];
  return withReader(context, (reader) => examine({ reader, isProduction, backup: context.backup }));
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
