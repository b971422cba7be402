/** What the MikroORM command line loads: the records, and the migrator with the server's guards. */
import { defineConfig } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { commandLineDatabaseUrl, NO_DATABASE_URL, refuse } from './persistence/command-line-database.ts';
import { migratorOptions } from './persistence/migrator/migrator-options.ts';

const databaseUrl = await commandLineDatabaseUrl();
const options = migratorOptions(databaseUrl ?? NO_DATABASE_URL);

export default defineConfig({
  ...options,
  entities: [...entities],
  driverOptions: { ...options.driverOptions, ...(databaseUrl === undefined && { stream: refuse }) },
});
