/** `db backfill`: how far the backfills are, and what a person does with them. */
import { BackfillStore } from '../upkeep/backfills/backfill-store.ts';
import { sqlStateOf } from '../run/execute/migration-failure.ts';
import { UNDEFINED_TABLE } from '../run/connect/sql-states.ts';
import { nearestNames } from '../run/state/nearest-names.ts';
import { openPlainConnection } from '../run/connect/plain-connection.ts';
import { MigratorFailure } from '../failure.ts';
import { flag } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { runBackfills } from './backfill-run.ts';
import { backfillsJson, backfillsText } from './backfill-text.ts';
import type { StoredBackfill } from '../upkeep/backfills/backfill-store.ts';
import type { CommandRun } from './declare-command.ts';

/** What a person changes about one, how it is told, and why it was not done. */
const CHANGES = {
  pause: { done: 'paused', refusal: 'is neither pending nor running' },
  resume: { done: 'resumed', refusal: 'is not paused' },
  retry: { done: 'to be tried again', refusal: 'has not failed' },
} as const;
const ACTIONS = ['status', 'run', 'pause', 'resume', 'retry'] as const;
type Action = (typeof ACTIONS)[number];

export const backfillCommand = declareCommand({
  name: 'backfill',
  summary: 'status, run, pause, resume, retry: changes of many rows in batches',
  words: '[status] | run [NAME…] | pause|resume|retry NAME…',
  about: `A backfill changes the rows of a table in batches of about 0.1 s, as a migration asked for with startBackfill. A server
    that runs works on them by itself, one worker to each, and anyone who is killed loses nothing. A contract waits for those it
    names.

    status tells how far each is. run does it now, here, and comes back when it is done: all that wait when none is named. pause
    holds one up after the batch that runs, resume lets it continue where it was, retry tries one that failed again, when its cause is
    mended.`,
  exits: '0 done, 1 when one failed or was held up before it was done',
  options: { json: flag('status for machines') },
  async run(run) {
    const [word = 'status', ...names] = run.words;
    const action = parseAction(word, names);
    const databaseUrl = await run.context.databaseUrl();
    const connection = openPlainConnection(databaseUrl, 'backfill');
    const store = new BackfillStore(connection.query);
    try {
      const all = await store.list();
      for (const name of names) demandKnown(all, name);
      if (action === 'status') return run.report(backfillsJson(all), backfillsText(all));
      if (action !== 'run') return await change(run, store, { action, names });
      const wanted = names.length > 0 ? names : await store.unfinished();
      await runBackfills({ io: run.io, store, databaseUrl, names: wanted });
    } catch (error) {
      throw sqlStateOf(error) === UNDEFINED_TABLE ? notMigrated() : error;
    } finally {
      await connection.close();
    }
  },
});

function parseAction(word: string, names: readonly string[]): Action {
  const action = ACTIONS.find((each) => each === word);
  if (action === undefined) throw misuse(`db backfill does ${ACTIONS.join(', ')}; it was told "${word}".`);
  if (action === 'status' && names.length > 0)
    throw misuse('db backfill status shows all of them; it takes no name.');
  const wantsName = action !== 'status' && action !== 'run';
  if (wantsName && names.length === 0)
    throw misuse(`db backfill ${action} wants the name of a backfill; manage db backfill lists them.`);
  return action;
}

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

function demandKnown(all: readonly StoredBackfill[], name: string): void {
  if (all.some((each) => each.name === name)) return;
  const names = all.map((each) => each.name);
  const nearest = nearestNames(names, name).join(' or ');
  throw misuse(
    `There is no backfill "${name}"${nearest === '' ? '; nobody has asked for any' : `. Did you mean ${nearest}?`}`,
  );
}

function notMigrated(): MigratorFailure {
  return new MigratorFailure(
    'migrations-pending',
    'There is no table backfill_jobs yet: run "manage db migrate" first.',
  );
}
