/** `manage jobs`: what the server does at set times, for when HTTP cannot be reached. */

import { setTimeout as sleep } from 'node:timers/promises';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag } from '../../commands/define-command.ts';
import { durationText, timeText } from '../../commands/text.ts';
import { Problem } from '../../core/shared/problem.ts';
import { JobStore } from '../../jobs/job-store.ts';
import { scheduleText } from '../../jobs/schedule.ts';
import { commandJournal } from '../../people/command-journal.ts';
import { jobCatalogue } from './job-catalogue.ts';
import { jobView } from './job-routes.ts';
import { Jobs } from './jobs.ts';
import type { Command } from '../../commands/command.ts';
import type { CatalogueSettings } from './job-catalogue.ts';
import type { ListedJob } from './jobs.ts';

/** Copies of the server look every five seconds. */
const BEGUN_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 250;

/** Returns the command; the settings say which jobs there are. */
export function jobsCommand(settings: () => CatalogueSettings): Command {
  return defineCommand({
    name: 'jobs',
    words: '[run NAME]',
    about: `
Lists what the server does at set times: schedule, next run, what became of the newest one, and which copy of the server made it. "run NAME"
lets a copy that runs begin one now, and waits until it has ended. Exit code 1 when the run failed, or when no copy has begun it within
15 seconds; the first that runs does it then.
`,
    options: { json: flag('for machines: {items}, as GET /admin/jobs answers') },
    needs: 'database',
    async run({ words: [word, name, ...more], values: { json }, io, openOrm }) {
      if (more.length > 0 || (word !== undefined && (word !== 'run' || name === undefined)))
        throw misuse('Say which job to run, such as: manage jobs run clean-up. manage jobs lists them.');
      const orm = await openOrm();
      const jobs = new Jobs({
        store: new JobStore(orm),
        catalogue: jobCatalogue(settings()),
        journal: commandJournal(orm),
        // Servers that run look by themselves.
        onRequested: () => undefined,
      });
      const asked = name === undefined ? await jobs.list() : [await runToEnd(jobs, name)];
      io.stdout.write(
        json === true
          ? `${JSON.stringify({ items: asked.map(jobView) }, undefined, 2)}\n`
          : asked.map((job) => `${lineOf(job)}\n`).join(''),
      );
      return word === 'run' && asked[0]?.stored?.state !== 'done' ? 1 : 0;
    },
  });
}

/** Returns the job when the run that is asked for has ended. */
async function runToEnd(jobs: Jobs, name: string): Promise<ListedJob> {
  const before = (await jobs.get(name)).stored?.startedAt;
  await jobs.run(name, {});
  const end = Date.now() + BEGUN_WITHIN_MS;
  for (;;) {
    const job = await jobs.get(name);
    const { startedAt, state } = job.stored ?? {};
    const hasBegun = startedAt !== before;
    if (hasBegun && state !== 'running') return job;
    if (!hasBegun && Date.now() >= end)
      throw new Problem(
        'not-ready',
        'No copy of the server has begun it within 15 seconds. It is stored: the first that runs does it.',
      );
    await sleep(LOOK_EVERY_MS);
  }
}

function lineOf({ name, schedule, missed, stored }: ListedJob): string {
  const when = `${name.padEnd(18)} ${scheduleText(schedule)}, ${missed === 'skip' ? 'a missed turn is skipped' : 'a missed turn is caught up'}`;
  if (!stored) return `${when}; no copy of the server has started since it is there`;
  const { startedAt, finishedAt, state, copy = '', dueAt } = stored;
  const took =
    startedAt === undefined || finishedAt === undefined ? '' : ` in ${durationText(finishedAt - startedAt)}`;
  const said =
    state === 'failed' ? `: ${stored.error ?? ''}` : state === 'done' ? `: ${stored.result ?? ''}` : '';
  const newest =
    startedAt === undefined ? 'no run yet' : `${timeText(startedAt)} ${state}${took} by ${copy}${said}`;
  return `${when}; next ${timeText(dueAt)}; ${newest}`;
}
