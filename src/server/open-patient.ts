/** What `manage doctor` examines, as the settings say. */

import { quietLog } from '../commands/quiet-log.ts';
import { SmtpSender } from '../mail/smtp-sender.ts';
import { examineSchema } from '../migrator/index.ts';
import { ServerFactsStore } from '../operations/doctor/server-facts-store.ts';
import { openOrm } from '../persistence/orm.ts';
import { secretsByKey } from '../trading/accounts/sealed-secrets-store.ts';
import { openDatabaseCommandContext } from './database-command-context.ts';
import { openKeyRing } from './key-ring.ts';
import { refuseKnownPasswords } from './production-secrets.ts';
import { VERSION } from './version.ts';
import type { Patient } from '../operations/doctor/doctor-command.ts';
import type { Config } from './config.ts';

/** Opens nothing yet; a database that has to be started for it is stopped when it is closed. */
export function openPatient(config: Config, clock: () => number = () => Date.now()): Patient {
  refuseKnownPasswords(config);
  const stack = new AsyncDisposableStack();
  const context = openDatabaseCommandContext(config);
  stack.defer(() => context.close());
  return {
    schema: () => examineSchema(context),
    server: async () => {
      const databaseUrl = config.DATABASE_URL ?? (await context.databaseUrl());
      const orm = openOrm({ databaseUrl, poolSize: 2, log: quietLog });
      stack.defer(() => orm.close(true));
      return {
        facts: new ServerFactsStore(orm),
        secrets: () => secretsByKey(orm),
        keys: openKeyRing(config),
        mail: config.SMTP_URL === undefined ? undefined : new SmtpSender({ url: config.SMTP_URL, from: '' }),
        folders: writtenFolders(config),
        version: VERSION,
        clock,
      };
    },
    close: () => stack.disposeAsync(),
  };
}

/** Returns the folders on this machine that the server or its database writes to. */
export function writtenFolders({
  DATABASE_URL,
  DATA_DIRECTORY,
  BACKUP_DIRECTORY,
}: Config): readonly string[] {
  return [
    ...(DATABASE_URL === undefined ? [DATA_DIRECTORY] : []),
    ...(BACKUP_DIRECTORY === undefined ? [] : [BACKUP_DIRECTORY]),
  ];
}
