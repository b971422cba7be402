/** `db backfill`: how far the backfills are, and what a person does with them. */
import { BackfillStore } from '../upkeep/backfills/backfill-store.ts';
import { finishBackfill } from '../upkeep/backfills/finish-backfill.ts';
import { sqlStateOf } from '../run/execute/migration-failure.ts';
import { UNDEFINED_TABLE } from '../run/connect/sql-states.ts';
import { onPlainConnection } from '../run/connect/plain-connection.ts';
import { MigratorFailure } from '../failure.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { backfillsText, rowsText } from './backfill-text.ts';
import { logTo, untilStopped } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';
import type { Query } from '../run/connect/query.ts';

/** What a person changes about one, how it is reported, and why it was not done. */
const CHANGES = {
  pause: { done: 'paused', refusal: 'is neither pending nor running' },
  resume: { done: 'resumed', refusal: 'is not paused' },
  retry: { done: 'to be tried again', refusal: 'has not failed' },
} as const;
const ACTIONS = ['status', 'run', 'pause', 'resume', 'retry'] as const;
/** How often it says how far it is. */
const REPORT_EVERY_MS = 10_000;

export const backfillCommand = declareCommand({
  name: 'backfill',
  words: '[status] | run [NAME…] | pause|resume|retry NAME…',
  about: `A backfill changes the rows of a table in batches of about 0.1 s, as a migration asked for with startBackfill. A server
    that runs works on them by itself, one worker to each, and a killed worker loses nothing. A contract waits for those it
    names.

    status shows how far each is. run does it now, here, and comes back when it is done: all that wait when none is named. pause
    holds one up after the batch that runs, resume lets it continue where it was, retry tries one that failed again, when its cause is
    fixed.`,
  exits: '0 done, 1 when one failed or was held up before it was done',
  options: {},
  async run(run) {
    const [word = 'status', ...names] = run.words;
    const action = ACTIONS.find((each) => each === word);
    if (action === undefined)
      throw misuse(`db backfill does ${ACTIONS.join(', ')}, and was given "${word}".`);
    if (action in CHANGES && names.length === 0)
      throw misuse(`db backfill ${action} needs the name of a backfill; manage db backfill lists them.`);
    const databaseUrl = await run.context.databaseUrl();
    await onPlainConnection(databaseUrl, 'backfill', async (query) => {
      const store = new BackfillStore(query);
      const all = await store.list();
      const unknown = names.find((name) => all.every((each) => each.name !== name));
      if (unknown !== undefined)
        throw misuse(`There is no backfill "${unknown}"; manage db backfill lists them.`);
      if (action === 'status')
        return run.say(all.length === 0 ? 'No migration has asked for a backfill.\n' : backfillsText(all));
      if (action !== 'run') return change(run, store, { action, names });
      return runAll(run, { databaseUrl, query, names: names.length > 0 ? names : await store.unfinished() });
    }).catch((error: unknown) => {
      throw sqlStateOf(error) === UNDEFINED_TABLE ? notMigrated() : error;
    });
  },
});

async function change(
  { say }: CommandRun,
  store: BackfillStore,
  { action, names }: { readonly action: keyof typeof CHANGES; readonly names: readonly string[] },
): Promise<void> {
  const { done, refusal } = CHANGES[action];
  for (const name of names) {
    if (!(await store[action](name))) {
      const state = (await store.find(name))?.state ?? 'gone';
      throw new MigratorFailure('conflict', `${name} ${refusal}: it is ${state}.`);
    }
    say(`${name}: ${done}\n`);
  }
}

/** One after another, and then a failure that names those that were not done. */
async function runAll(
  { io, say, context }: CommandRun,
  parts: { readonly databaseUrl: string; readonly query: Query; readonly names: readonly string[] },
): Promise<void> {
  if (parts.names.length === 0) say('No backfill waits.\n');
  let reportedAt = performance.now();
  const onProgress = (progress: string): void => {
    if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = performance.now();
    say(`${progress}\n`);
  };
  const { lockWaitMs } = context.policy;
  const undone: string[] = [];
  await untilStopped(async (signal) => {
    for (const name of parts.names) {
      const found = await finishBackfill(name, { ...parts, log: logTo(io), lockWaitMs, signal, onProgress });
      if (found?.state === 'done') say(`${name}: done, ${rowsText(found)} rows\n`);
      else undone.push(`${name} is ${found?.state ?? 'taken back'}${found?.error ? `: ${found.error}` : ''}`);
    }
  });
  if (undone.length > 0) throw new MigratorFailure('conflict', `Not done: ${undone.join('; ')}.`);
}

function notMigrated(): MigratorFailure {
  return new MigratorFailure(
    'migrations-pending',
    'There is no table backfill_jobs yet: run "manage db migrate" first.',
  );
}
