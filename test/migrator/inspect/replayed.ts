/** Databases whose tables were made by the migrations' own SQL and not by the migrator, as those of another time or place. */
import { replayMigrations } from '../../../src/migrator/inspect/drift/replay-migrations.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { project } from '../../../src/server/schema.ts';

export interface Replayed {
  readonly folder?: string;
  /** The first so many; all when left out. */
  readonly count?: number;
  /** Whether they are recorded as applied, as MikroORM's own migrator does it. */
  readonly isRecorded?: boolean;
}

/** Runs the first migrations of a folder and records them in the oldest form of the table. Returns their names. */
export async function replay(
  url: string,
  { folder = project.folder, count, isRecorded = true }: Replayed = {},
): Promise<string[]> {
  const migrations = (await loadMigrations(folder)).slice(0, count);
  await replayMigrations(url, migrations);
  const names = migrations.map(({ name }) => name);
  if (isRecorded) await record(url, names);
  return names;
}

async function record(url: string, names: readonly string[]): Promise<void> {
  const connection = openPlainConnection(url);
  try {
    await connection.query(
      `create table mikro_orm_migrations (id serial primary key, name varchar(255), executed_at timestamptz default now());
       insert into mikro_orm_migrations (name) values ${names.map((name) => `('${name}')`).join(', ')}`,
    );
  } finally {
    await connection.close();
  }
}
