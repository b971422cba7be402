/** The records without a database: what commands about files of migrations work with. */
import { NO_DATABASE_URL } from '../../persistence/command-line-database.ts';
import { openMigrator } from '../run/open-migrator.ts';
import type { MikroORM } from '@mikro-orm/postgresql';

/** Runs `work` with the ORM of all records. Connecting to a database with it fails. */
export async function withRecords<Result>(work: (orm: MikroORM) => Promise<Result>): Promise<Result> {
  const { orm, close } = openMigrator({ databaseUrl: NO_DATABASE_URL, withEntities: true });
  try {
    return await work(orm);
  } finally {
    await close();
  }
}
