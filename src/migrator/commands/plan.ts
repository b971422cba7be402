/** `db:plan`: what `db:migrate` would do to this database, and whom it would keep waiting. Runs nothing. */
import { parseArgs } from 'node:util';
import { misuse } from './io.ts';
import { makePlan } from './plan-report.ts';
import { planText } from './plan-text.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:plan [NAME | zero] [--json]

Shows what db:migrate with the same words would do to this database, in order: each statement with whom its locks keep
waiting, whether it writes a table anew or reads it whole, and about how many rows that table has. Nothing is run, no table
is locked: PostgreSQL's rules say so. What they cannot say, such as what a function does, is noted.

  --json     the same for machines
`;

const OPTIONS = {
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
  const report = await makePlan(context, target);
  io.stdout.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : planText(report));
  return 0;
}
