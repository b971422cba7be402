/** What a copy of the server does for the schema while it serves: it says that it lives, and works on backfills. */

import { randomUUIDv7 } from 'node:crypto';
import { hostname } from 'node:os';
import { project } from './schema.ts';
import { present } from './shared/assert.ts';
import { VERSION } from './version.ts';
import { Backfills, InstanceHeartbeat, readManifest } from './migrator/index.ts';
import type { FastifyBaseLogger } from 'fastify';
import type { Stores } from './compose-stores.ts';

export interface UpkeepParts {
  readonly stores: Stores;
  readonly databaseUrl: string;
  readonly log: FastifyBaseLogger;
  readonly signal: AbortSignal;
  /** Looks at the schema once more when this copy is entered; throws when it does not fit any more. */
  readonly confirmSchema: () => Promise<void>;
}

/** Starts both; what is started is put on the stack. */
export async function startUpkeep(
  { stores, databaseUrl, log, signal, confirmSchema }: UpkeepParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { head } = await readManifest(project.folder);
  const instance = {
    id: randomUUIDv7(),
    version: VERSION,
    migrationsHead: present(head, 'the head of a manifest that lists migrations'),
    host: hostname(),
    pid: process.pid,
  };
  const heartbeat = stack.use(new InstanceHeartbeat({ store: stores.instances, instance, log }));
  await heartbeat.start(signal);
  await confirmSchema();
  stack.use(new Backfills({ store: stores.backfills, databaseUrl, log })).start();
}
