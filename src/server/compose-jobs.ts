/** The scheduled jobs with the services that do their work. */

import { hostname } from 'node:os';
import { DAY_MS } from '../jobs/schedule.ts';
import { JobRunner } from '../jobs/job-runner.ts';
import { removeOldEntries } from '../journal/journal-retention.ts';
import { makeBackup, removeOldBackups } from '../migrator/index.ts';
import { jobCatalogue } from '../operations/jobs/job-catalogue.ts';
import { Jobs } from '../operations/jobs/jobs.ts';
import { removeExpired } from '../operations/jobs/remove-expired.ts';
import { removeOldEquity } from '../trading/equity/equity-retention.ts';
import type { Config } from './config.ts';
import type { Stores } from './compose-stores.ts';
import type { Journal } from '../journal/journal.ts';
import type { PriceTopUps } from '../prices/import/price-top-ups.ts';
import type { JournalDays } from '../journal/journal-retention.ts';
import type { JournalEntry, Severity } from '../core/domain/journal-entry.ts';
import type { Log } from '../process/log.ts';
import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { JobName } from '../operations/jobs/job-catalogue.ts';
import type { Expiring } from '../operations/jobs/remove-expired.ts';

/** The settings that jobs need. */
export type JobConfig = Pick<
  Config,
  'BACKUP_AT' | 'BACKUP_DIRECTORY' | 'BACKUP_KEEP' | 'MIGRATION_DATABASE_URL' | 'RECORDED_QUOTES_DAYS'
>;

export interface JobParts {
  readonly config: JobConfig;
  readonly databaseUrl: string;
  readonly stores: Stores;
  readonly journal: Journal;
  readonly journalDays: () => Promise<JournalDays>;
  readonly expiringByName: Readonly<Record<string, Expiring>>;
  readonly priceTopUps: Pick<PriceTopUps, 'run'>;
  readonly clock: () => number;
  readonly mayAct: () => boolean;
  readonly log: Log;
}

type Work = ScheduledJob['work'];

/** Makes the runner, which is started later, and what administrators see and ask for. */
export function makeJobs(parts: JobParts) {
  const { config, stores, journal, mayAct, log } = parts;
  const catalogue = jobCatalogue({ backupAt: config.BACKUP_AT });
  const workByName = makeWork(parts);
  const jobRunner = new JobRunner({
    store: stores.jobs,
    jobs: catalogue.map((job) => ({ ...job, work: workByName[job.name] })),
    copy: `${hostname()} process ${process.pid}`,
    log,
    mayAct,
    onFailed: async ({ name }, error) =>
      journal.record(
        fact('job-failed', 'error', `The job "${name}" failed; it is tried again: ${error}`, { job: name }),
      ),
    onRecovered: async ({ name }, failures) =>
      journal.record(
        fact('job-recovered', 'info', `The job "${name}" is done after it had failed.`, {
          job: name,
          failures,
        }),
      ),
  });
  const jobs = new Jobs({ store: stores.jobs, catalogue, journal, onRequested: () => jobRunner.wake() });
  return { jobs, jobRunner };
}

function makeWork({
  config,
  databaseUrl,
  stores,
  journalDays,
  expiringByName,
  priceTopUps,
  clock,
}: JobParts): Record<JobName, Work> {
  return {
    backup: (signal) => backUp(config, databaseUrl, signal),
    'clean-up': (signal) => removeExpired(expiringByName, signal),
    'equity-retention': async (signal) => removed(await removeOldEquity(stores.equity, signal), 'minutes'),
    'journal-retention': async (signal) =>
      removed(
        await removeOldEntries({ store: stores.journalRetention, days: journalDays, clock }, signal),
        'entries',
      ),
    'price-top-up': async (signal) => `Topped up ${await priceTopUps.run(signal)} series.`,
    'quote-retention': async (signal) =>
      removed(
        await stores.recordings.removeOlderThan(config.RECORDED_QUOTES_DAYS * DAY_MS, clock(), signal),
        'quotes',
      ),
  };
}

/** Backups are made as `db backup` makes them: by the role that may read everything. */
async function backUp(
  { BACKUP_DIRECTORY: directory, BACKUP_KEEP: keep, MIGRATION_DATABASE_URL: ownerUrl }: JobConfig,
  servingUrl: string,
  signal: AbortSignal,
): Promise<string> {
  if (directory === undefined) throw new Error('BACKUP_DIRECTORY is not set.');
  const databaseUrl = ownerUrl ?? servingUrl;
  const { location, sizeBytes } = await makeBackup({ databaseUrl, directory, signal });
  const old = await removeOldBackups({ databaseUrl, directory, keep });
  return `Made ${location}, ${sizeBytes} bytes; removed ${old.length} older ones.`;
}

function removed(count: number, things: string): string {
  return `Removed ${count} ${things}.`;
}

function fact(
  type: string,
  severity: Severity,
  description: string,
  details: JournalEntry['details'],
): JournalEntry {
  return { category: 'system', type, severity, description, details };
}
