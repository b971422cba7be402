/** What a command about the schema works with, for tests that run one in their own process. */
import { readConfig } from '../../src/server/config.ts';
import { backupPolicy, migratorPolicy, project } from '../../src/server/schema.ts';
import type { EntitySchema } from '@mikro-orm/core';
import type { DatabaseCommandContext } from '../../src/migrator/commands/database-command.ts';

export interface ContextWanted {
  readonly databaseUrl: () => Promise<string>;
  /** Other migrations than the server's own. */
  readonly folder?: string | undefined;
  /** Other entities than the server's own, which lie in no folder. */
  readonly entities?: readonly EntitySchema[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Returns the context that these settings make. */
export function commandContext({
  databaseUrl,
  folder = project.folder,
  entities,
  environment = {},
}: ContextWanted): DatabaseCommandContext {
  const config = readConfig(environment);
  return {
    project:
      entities === undefined ? { ...project, folder } : { folder, entities: () => Promise.resolve(entities) },
    policy: migratorPolicy(config),
    backup: backupPolicy(config),
    isUnattended: environment['CI'] !== undefined,
    databaseUrl,
    knownDatabaseUrl: () => Promise.resolve(config.MIGRATION_DATABASE_URL ?? config.DATABASE_URL),
  };
}
