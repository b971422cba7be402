/** Runs migrations on a scratch database with made-up rows, where nobody is kept waiting. */
import { createScratchDatabase } from '../inspect/drift/scratch-database.ts';
import { traceMigrations } from '../review/trace/trace-migrations.ts';
import { misuse } from './io.ts';
import type { TraceReport } from '../review/trace/migration-trace.ts';
import type { DatabaseCommandContext } from './database-command.ts';

/** Returns what these migrations lock, rewrite and read whole there; undefined for none. Refused in production. */
export async function traceOnScratch(
  context: DatabaseCommandContext,
  names: readonly string[],
): Promise<TraceReport | undefined> {
  if (names.length === 0) return undefined;
  if (context.policy.isProduction)
    throw misuse(
      "Nothing was run: a scratch database is made beside the server's own, which is not for production. " +
        'manage db migrate --plan runs nothing.',
    );
  const scratch = await createScratchDatabase(await context.databaseUrl());
  try {
    return await traceMigrations({ databaseUrl: scratch.url, folder: context.project.folder, names });
  } finally {
    await scratch.drop();
  }
}
