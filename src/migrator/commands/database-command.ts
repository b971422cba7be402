/** What a command about the schema is, and what it works with. */
import type { Option } from './command-option.ts';
import type { CommandIo } from './io.ts';
import type { MigratorSettings } from '../run/migrator-settings.ts';
import type { Project } from '../run/project.ts';
import type { BackupSettings } from '../upkeep/backup/backup-gate.ts';

/** What the application passes to every command. */
export interface DatabaseCommandContext {
  readonly project: Project;
  readonly policy: Required<
    Pick<MigratorSettings, 'lockWaitMs' | 'statementLimitMs' | 'isProduction' | 'allowAhead'>
  >;
  readonly backup: BackupSettings;
  /** Whether what a command writes would be lost, as in CI, where no one commits it. */
  readonly isUnattended: boolean;
  /** Returns the address to migrate at, once the database answers. A command that needs none does not ask. */
  databaseUrl(): Promise<string>;
  /** Returns the address of a database that is configured or runs already; undefined when there is none. Starts nothing. */
  knownDatabaseUrl(): Promise<string | undefined>;
}

/** One command: its name, help, options and action. Failures are thrown; the exit code distinguishes answers, such as "pending". */
export interface DatabaseCommand {
  readonly name: string;
  /** The name that Django gives it. */
  readonly django?: string;
  /** By their names, without the hyphens. */
  readonly options: Readonly<Record<string, Option>>;
  run(argv: readonly string[], io: CommandIo, context: DatabaseCommandContext): Promise<number>;
}
