/** The jobs of the server: what each does, when, and what becomes of a turn that was missed. */

import { daily, hourly } from '../../jobs/schedule.ts';
import type { JobDescription } from '../../jobs/scheduled-job.ts';

export const JOB_NAMES = [
  'backup',
  'clean-up',
  'equity-retention',
  'journal-retention',
  'price-top-up',
  'quote-retention',
] as const;
export type JobName = (typeof JOB_NAMES)[number];

export interface CatalogueSettings {
  /** At what time of day (UTC) a backup is made; undefined where none is. */
  readonly backupAt: string | undefined;
}

/** Returns the jobs that a server with these settings has, by name. */
export function jobCatalogue({
  backupAt,
}: CatalogueSettings): readonly (JobDescription & { readonly name: JobName })[] {
  const backup = backupAt === undefined ? [] : [backupJob(backupAt)];
  return [
    ...backup,
    {
      name: 'clean-up',
      does: 'Removes what has expired: sessions, links in e-mails, remembered answers, failed sign-ins, devices, blocks, notifications, sent messages and unfinished uploads.',
      schedule: hourly(7),
      missed: 'catch-up',
    },
    {
      name: 'equity-retention',
      does: 'Removes the minutes of the history of equity that are older than 90 days; hours stay.',
      schedule: hourly(22),
      missed: 'catch-up',
    },
    {
      name: 'journal-retention',
      does: 'Removes entries of the journal that are older than the settings of administrators say.',
      schedule: hourly(37),
      missed: 'catch-up',
    },
    {
      name: 'price-top-up',
      does: 'Adds what OANDA has had since to imported price series that are kept up to date.',
      schedule: hourly(2),
      missed: 'catch-up',
    },
    {
      name: 'quote-retention',
      does: 'Removes recorded quotes that are older than RECORDED_QUOTES_DAYS.',
      schedule: hourly(52),
      // It writes the most, and the next turn, within the hour, removes the same.
      missed: 'skip',
    },
  ];
}

function backupJob(backupAt: string) {
  return {
    name: 'backup',
    does: 'Makes a backup of the database in BACKUP_DIRECTORY and keeps the newest BACKUP_KEEP.',
    schedule: daily(backupAt),
    missed: 'catch-up',
  } as const;
}
