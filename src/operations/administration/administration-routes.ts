/** Copies of the server, backups, migrations and health, for administrators. */

import { Problem } from '../../core/shared/problem.ts';
import { listSchema } from '../../http/pagination.ts';
import { administratorOf } from '../../people/administration/user-admin-routes.ts';
import { JobView, jobView } from '../jobs/job-routes.ts';
import {
  BackupView,
  backupView,
  CopyView,
  copyView,
  HealthView,
  healthView,
  MigrationsView,
  migrationsView,
} from './administration-views.ts';
import type { App } from '../../http/route.ts';
import type { DatabaseStatus } from '../../migrator/index.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { BackupStore } from './backup-store.ts';
import type { CopyStore } from './copy-store.ts';

/** What is examined when someone asks. */
export interface Examinations {
  /** What `manage db status` shows. */
  readonly schema: () => Promise<DatabaseStatus>;
  /** What `manage doctor` finds. */
  readonly health: () => Promise<readonly Finding[]>;
}

export interface AdministrationRouteDependencies {
  readonly jobs: Jobs;
  readonly copies: CopyStore;
  readonly backups: BackupStore;
  readonly examinations: Examinations;
}

const tags = ['admin'];

export function registerAdministrationRoutes(
  app: App,
  { jobs, copies, backups, examinations }: AdministrationRouteDependencies,
): void {
  app.get('/admin/copies', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listCopies',
      summary: 'The copies of the server that run or were seen within a day, newest first',
      tags,
      response: { 200: listSchema(CopyView) },
    },
    handler: async () => ({ items: (await copies.list()).map(copyView) }),
  });

  app.get('/admin/backups', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listBackups',
      summary: 'The recorded backups of the database, newest first; at most 500',
      tags,
      response: { 200: listSchema(BackupView) },
    },
    handler: async () => ({ items: (await backups.list()).map(backupView) }),
  });

  app.post('/admin/backups', {
    config: { access: 'admin', isIdempotent: true, problems: ['conflict', 'invalid-request'] },
    schema: {
      operationId: 'makeBackup',
      summary: 'Make a backup of the database now',
      description:
        'A copy of the server begins it within seconds, as its job `backup`. 409 while one is made, and where `BACKUP_AT` is not set.',
      tags,
      response: { 202: { ...JobView, description: 'Asked for; the job as it is now.' } },
    },
    handler: async (request, reply) =>
      reply.code(202).send(jobView(await runBackup(jobs, administratorOf(request)))),
  });

  app.get('/admin/migrations', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listMigrations',
      summary: 'The migrations of the database and of this version, in order',
      tags,
      response: { 200: MigrationsView },
    },
    handler: async () => migrationsView(await examinations.schema()),
  });

  app.get('/admin/health', {
    config: { access: 'admin' },
    schema: {
      operationId: 'getServerHealth',
      summary: 'What an examination of the whole server finds, as `manage doctor` does',
      tags,
      response: { 200: HealthView },
    },
    handler: async () => healthView(await examinations.health()),
  });
}

async function runBackup(jobs: Jobs, by: ReturnType<typeof administratorOf>) {
  try {
    return await jobs.run('backup', by);
  } catch (error) {
    if (!(error instanceof Problem && error.type === 'not-found')) throw error;
    throw new Problem('conflict', 'This server makes no backups: set BACKUP_DIRECTORY and BACKUP_AT.', {
      code: 'backup-off',
    });
  }
}
