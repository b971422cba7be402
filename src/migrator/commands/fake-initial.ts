/** `manage db:fake-initial`: records the migrations that a database has without having run them here. */
import { parseArgs } from 'node:util';
import { planFakeInitial, recordFakeInitial } from '../inspect/drift/fake-initial.ts';
import { MigratorFailure } from '../failure.ts';
import type { FakeInitialSettings } from '../inspect/drift/fake-initial.ts';
import type { CommandIo, Output } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:fake-initial [--dry-run] [--to NAME] [--scratch URL]

For a database whose tables are there and whose table of migrations is missing or empty. Runs the migrations one after another
in a scratch database, compares after each, and records those whose schema the database really has as applied, without running
them. Refuses, with the differences, when it is not as any of them makes it.

  --dry-run      show it and record nothing
  --to NAME      the last one to record, where later ones change rows only and the schema cannot tell
  --scratch URL  make the scratch database on that server; on the database's own when left out
`;

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  to: { type: 'string' },
  scratch: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const fakeInitialCommand: DatabaseCommand = {
  summary: 'record the migrations whose tables are there already',
  django: 'migrate --fake-initial',
  run: runFakeInitial,
};

async function runFakeInitial(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const settings: FakeInitialSettings = {
    ...context.project,
    databaseUrl: await context.databaseUrl(),
    to: values.to,
    scratchServerUrl: values.scratch,
  };
  const plan = await planFakeInitial(settings).catch((error: unknown) => tellDifferences(io.stdout, error));
  const all = plan.names.length + plan.rest.length;
  io.stdout.write(`The database has what ${plan.names.length} of ${all} migrations make:\n`);
  for (const name of plan.names) io.stdout.write(`  ${name}\n`);
  for (const sentence of plan.strangers) io.stdout.write(`Left alone: ${sentence}.\n`);
  if (plan.rest.length > 0) io.stdout.write(`Pending then: ${plan.rest.join(', ')}\n`);
  if (values['dry-run'] === true) {
    io.stdout.write('Nothing was recorded: --dry-run.\n');
    return 0;
  }
  await recordFakeInitial(settings, plan);
  io.stdout.write('Recorded as applied.\n');
  return 0;
}

/** The differences are a list, and an error is a line. */
function tellDifferences(output: Output, error: unknown): never {
  const differences = error instanceof MigratorFailure ? error.facts['differences'] : undefined;
  if (Array.isArray(differences)) for (const each of differences) output.write(`  ${String(each)}\n`);
  throw error;
}
