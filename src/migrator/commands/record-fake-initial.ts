/** `db migrate --fake-initial`: records the migrations that a database has without having run them here. */
import { planFakeInitial } from '../inspect/drift/fake-initial.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { withMigrator } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';

/** Refuses, with the differences, when the database is not as any of them makes it. */
export async function fakeInitial(run: CommandRun, words: { readonly 'dry-run'?: true }): Promise<void> {
  const { context, say } = run;
  const [to, ...more] = run.words;
  if (more.length > 0) throw misuse(`--fake-initial goes up to one, and was given ${run.words.join(' ')}.`);
  const databaseUrl = await context.databaseUrl();
  const settings = { ...context.project, databaseUrl, to };
  const plan = await planFakeInitial(settings).catch((error: unknown) => printDifferences(run, error));
  const all = plan.names.length + plan.rest.length;
  say(`The database has what ${plan.names.length} of ${all} migrations make:\n`);
  for (const name of plan.names) say(`  ${name}\n`);
  for (const sentence of plan.strangers) say(`Left alone: ${sentence}.\n`);
  if (plan.rest.length > 0) say(`Pending then: ${plan.rest.join(', ')}\n`);
  if (words['dry-run'] === true) return say('Nothing was recorded: --dry-run.\n');
  await withMigrator(run, ({ migrator }) => migrator.recordFake(plan.names, { reason: 'fake-initial' }));
  say('Recorded as applied.\n');
}

/** The differences are a list, and an error is a line. */
function printDifferences({ say }: CommandRun, error: unknown): never {
  const differences = error instanceof MigratorFailure ? error.facts['differences'] : undefined;
  if (Array.isArray(differences)) for (const each of differences) say(`  ${String(each)}\n`);
  throw error;
}
