/** What the MikroORM command line loads: the entities, and the migrator with the server's guards. */
import { defineConfig } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { commandLineOptions, NO_DATABASE_URL } from './migrator/index.ts';
import { commandLineDatabaseUrl, refuse } from './persistence/command-line-database.ts';
import { project } from './server/schema.ts';

const databaseUrl = await commandLineDatabaseUrl();
const options = await commandLineOptions(databaseUrl ?? NO_DATABASE_URL, project);

export default defineConfig({
  ...options,
  entities: [...entities],
  driverOptions: { ...options.driverOptions, ...(databaseUrl === undefined && { stream: refuse }) },
});
