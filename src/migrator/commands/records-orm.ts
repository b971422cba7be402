/** The records without a database: what commands about files of migrations work with. */
import assert from 'node:assert/strict';
import { refuseUnlistedEntities } from '../author/make/unlisted-entities.ts';
import { NO_DATABASE_URL } from '../run/connect/no-database.ts';
import { onMigrator } from '../run/open-migrator.ts';
import type { Project } from '../run/project.ts';
import type { MikroORM } from '@mikro-orm/postgresql';

/**
 * Runs `work` with the ORM of all records. Connecting to a database with it fails. MigratorFailure `conflict` for a record that was left
 * out of the list.
 */
export async function withRecords<Result>(
  project: Project,
  work: (orm: MikroORM) => Promise<Result>,
): Promise<Result> {
  await refuseUnlistedEntities(project);
  const entities = await project.entities?.();
  assert(entities !== undefined, 'a project whose entities are compared gives them');
  return onMigrator({ ...project, databaseUrl: NO_DATABASE_URL }, ({ orm }) => work(orm), entities);
}
