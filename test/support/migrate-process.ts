/** A process that migrates and says what it did: `node migrate-process.ts URL [FOLDER]`. */
import { migrateDatabase } from '../../src/persistence/migrator/migrate-database.ts';
import { openMigrator } from './migrator.ts';
import { quiet } from './quiet-log.ts';

const [databaseUrl = '', folder] = process.argv.slice(2);

async function migrate(): Promise<readonly string[]> {
  if (folder === undefined) return (await migrateDatabase({ databaseUrl, log: quiet })).applied;
  await using orm = await openMigrator(databaseUrl, folder);
  return (await orm.migrator.up()).map(({ name }) => name);
}

process.stdout.write(JSON.stringify(await migrate()));
