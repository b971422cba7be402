/** What the MikroORM command line loads: the entities, and the migrator with the server's guards. */
import { defineConfig } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { commandLineOptions, NO_DATABASE_URL } from './migrator/index.ts';
import { destructionRefusal } from './persistence/command-line-guard.ts';
import { commandLineDatabaseUrl, refuse } from './persistence/command-line-database.ts';
import { project } from './schema.ts';

const refusal = destructionRefusal(process.argv, process.env);
if (refusal !== undefined) {
  // Thrown, it would be buried between the command line's usage and a stack.
  process.stderr.write(`${refusal}\n`);
  process.exit(2);
}
const databaseUrl = await commandLineDatabaseUrl();
const options = await commandLineOptions(databaseUrl ?? NO_DATABASE_URL, project);

export default defineConfig({
  ...options,
  entities: [...entities],
  driverOptions: { ...options.driverOptions, ...(databaseUrl === undefined && { stream: refuse }) },
});
