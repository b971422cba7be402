/** The scheduled jobs, for administrators. */

import { Type } from 'typebox';
import { JOB_STATES } from '../../jobs/scheduled-job.ts';
import { scheduleText } from '../../jobs/schedule.ts';
import { listSchema } from '../../http/pagination.ts';
import { namedObject } from '../../http/schemas.ts';
import { Instant, instantTextOrNull, orNull } from '../../http/values.ts';
import { administratorOf } from '../../people/administration/user-admin-routes.ts';
import type { App } from '../../http/route.ts';
import type { JobState } from '../../jobs/scheduled-job.ts';
import type { Jobs, ListedJob } from './jobs.ts';

export interface JobRouteDependencies {
  readonly jobs: Jobs;
}

/** A job as administrators see it. */
export const JobView = namedObject('Job', {
  name: Type.String({ examples: ['clean-up'] }),
  does: Type.String(),
  schedule: Type.String({ examples: ['each day at 03:00 UTC'] }),
  missed: Type.Enum(['catch-up', 'skip'], {
    description:
      'What becomes of a turn that no copy made, because none ran or the one that made it died: it is made once, as soon as a copy runs, or skipped.',
  }),
  state: Type.Enum(JOB_STATES, {
    description:
      'What became of the newest run; `waiting`: there was none yet; `interrupted`: its copy of the server died or stopped.',
  }),
  nextRunAt: orNull({
    ...Instant,
    description: 'Its next turn, or earlier after a failure. In the past when it is about to begin.',
  }),
  turnAt: orNull({ ...Instant, description: 'For which turn the newest run was made.' }),
  startedAt: orNull(Instant),
  finishedAt: orNull({ ...Instant, description: 'Null while it runs.' }),
  succeededAt: orNull({ ...Instant, description: 'When a run was done last.' }),
  result: orNull(Type.String({ description: 'What the newest run that was done said.' })),
  error: orNull(
    Type.String({ description: 'Why the newest run failed; null when none failed since one was done.' }),
  ),
  failures: Type.Integer({ description: 'How many runs failed since one was done.' }),
  copy: orNull(
    Type.String({ description: 'The copy of the server that made the newest run: its machine and process.' }),
  ),
});

export function registerJobRoutes(app: App, { jobs }: JobRouteDependencies): void {
  app.get('/admin/jobs', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listJobs',
      summary: 'What the server does at set times, by name',
      tags: ['admin'],
      response: { 200: listSchema(JobView) },
    },
    handler: async () => ({ items: (await jobs.list()).map(jobView) }),
  });

  app.post('/admin/jobs/:job/run', {
    config: { access: 'admin', isIdempotent: true, problems: ['not-found', 'conflict'] },
    schema: {
      operationId: 'runJob',
      summary: 'Let a job run now, once',
      description: 'A copy of the server begins it within seconds. 409 while it runs.',
      tags: ['admin'],
      params: Type.Object({ job: Type.String({ maxLength: 64, description: 'Its name.' }) }),
      response: { 202: { ...JobView, description: 'Asked for; the job as it is now.' } },
    },
    handler: async (request, reply) =>
      reply.code(202).send(jobView(await jobs.run(request.params.job, administratorOf(request)))),
  });
}

/** Returns a job as administrators see it. */
export function jobView({ name, does, schedule, missed, stored }: ListedJob) {
  const state: JobState = stored?.state ?? 'waiting';
  return {
    name,
    does,
    schedule: scheduleText(schedule),
    missed,
    state,
    nextRunAt: instantTextOrNull(stored?.dueAt),
    turnAt: instantTextOrNull(stored?.turnAt),
    startedAt: instantTextOrNull(stored?.startedAt),
    finishedAt: instantTextOrNull(stored?.finishedAt),
    succeededAt: instantTextOrNull(stored?.succeededAt),
    result: stored?.result ?? null,
    error: stored?.error ?? null,
    failures: stored?.failures ?? 0,
    copy: stored?.copy ?? null,
  };
}
