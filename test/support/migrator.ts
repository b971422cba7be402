/** Migrators for tests, on the real migrations or on those of a folder that a test made. */
import { openMigrator as open } from '../../src/migrator/run/open-migrator.ts';
import { quiet } from './quiet-log.ts';
import { project } from '../../src/server/schema.ts';
import type { OpenedMigrator } from '../../src/migrator/run/open-migrator.ts';
import type { MigratorSettings } from '../../src/migrator/run/migrator-settings.ts';

/** Opens the ORM that carries the migrator, with all records, as the command line has it. */
export async function openMigrator(databaseUrl: string) {
  const { orm, migrator } = open({ ...project, databaseUrl }, await project.entities?.());
  migrator.configure({ log: quiet });
  return orm;
}

export interface QuietMigrator extends OpenedMigrator, AsyncDisposable {}

/** Opens a migrator that says nothing, on a folder, and closes it at the end of the block. */
export function openQuietMigrator(
  databaseUrl: string,
  folder: string,
  settings: Partial<MigratorSettings> = {},
): QuietMigrator {
  const opened = open({ ...project, databaseUrl, folder });
  opened.migrator.configure({ log: quiet, ...settings });
  return { ...opened, [Symbol.asyncDispose]: opened.close };
}

/** A log that keeps its lines. */
export function collectLog() {
  const lines: { readonly level: 'info' | 'warn'; readonly fields: object; readonly message: string }[] = [];
  return {
    lines,
    info: (fields: object, message: string) => void lines.push({ level: 'info', fields, message }),
    warn: (fields: object, message: string) => void lines.push({ level: 'warn', fields, message }),
  };
}
