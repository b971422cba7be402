/** What administrators have examined of the server that runs, as the settings say. */

import { examineSchema, readDatabaseStatus } from '../migrator/index.ts';
import { examineServer } from '../operations/doctor/examine-server.ts';
import { ServerFactsStore } from '../operations/doctor/server-facts-store.ts';
import { SmtpSender } from '../mail/smtp-sender.ts';
import { secretsByKey } from '../trading/accounts/sealed-secrets-store.ts';
import { writtenFolders } from './open-patient.ts';
import { backupPolicy, migratorPolicy } from './schema.ts';
import { VERSION } from './version.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { Project } from '../migrator/index.ts';
import type { Examinations } from '../operations/administration/administration-routes.ts';
import type { Finding } from '../operations/doctor/finding.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Config } from './config.ts';

export interface ExaminationParts {
  readonly config: Config;
  readonly project: Project;
  readonly databaseUrl: string;
  readonly orm: Orm;
  readonly keys: KeyRing;
}

/** Each examination is made once for all who ask while it is under way. */
export function makeExaminations({
  config,
  project,
  databaseUrl: servingUrl,
  orm,
  keys,
}: ExaminationParts): Examinations {
  const databaseUrl = config.MIGRATION_DATABASE_URL ?? servingUrl;
  const context = {
    project,
    policy: migratorPolicy(config),
    backup: backupPolicy(config),
    isUnattended: true,
    databaseUrl: () => Promise.resolve(databaseUrl),
    knownDatabaseUrl: () => Promise.resolve(databaseUrl),
  };
  const mail = config.SMTP_URL === undefined ? undefined : new SmtpSender({ url: config.SMTP_URL, from: '' });
  const examineAll = async (): Promise<readonly Finding[]> => [
    ...(await examineSchema(context)),
    ...(await examineServer({
      facts: new ServerFactsStore(orm),
      secrets: () => secretsByKey(orm),
      keys,
      mail,
      folders: writtenFolders(config),
      version: VERSION,
      clock: () => Date.now(),
    })),
  ];
  return {
    schema: sharing(() => readDatabaseStatus({ ...project, databaseUrl })),
    health: sharing(examineAll),
  };
}

function sharing<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => (underWay ??= work().finally(() => (underWay = undefined)));
}
