/** What going forward and going back both work with. */
import type { DatabaseCommandContext } from './database-command.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { Query } from '../run/connect/query.ts';
import type { CommandIo } from './io.ts';
import type { OperatorMigrator } from './operator-migrator.ts';

export const BACKUP_MODES = ['off', 'auto', 'required'] as const;
export type BackupMode = (typeof BACKUP_MODES)[number];

export interface MigrateRun {
  readonly io: CommandIo;
  readonly context: DatabaseCommandContext;
  readonly databaseUrl: string;
  readonly comparison: Comparison;
  /** Asks and cannot write. */
  readonly query: Query;
  readonly backupMode: BackupMode;
  readonly isAgreed: boolean;
  readonly opened: OperatorMigrator;
}
