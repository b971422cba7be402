/** What a copy of the server does for the schema while it serves: it shows that it runs, and works on backfills. */

import { randomUUIDv7 } from 'node:crypto';
import { hostname } from 'node:os';
import { present } from '../core/shared/assert.ts';
import { VERSION } from './version.ts';
import { Backfills, InstanceHeartbeat, readManifest } from '../migrator/index.ts';
import type { Log } from '../process/log.ts';
import type { MigratorFailure, Project, ServingLease } from '../migrator/index.ts';
import type { Stores } from './compose-stores.ts';

export interface UpkeepParts {
  readonly stores: Stores;
  readonly project: Project;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What everything that acts asks before it does. */
  readonly lease: ServingLease;
  /** Looks at the schema once more when this copy is entered; throws when it does not fit any more. */
  readonly confirmSchema: () => Promise<void>;
  /** Called when this copy, taken for gone, found a schema that it must not work with. */
  readonly onLost: (error: MigratorFailure) => void;
}

/** Starts both; what is started is put on the stack. */
export async function startUpkeep(
  { stores, project, databaseUrl, log, signal, ...parts }: UpkeepParts,
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
  const heartbeat = stack.use(new InstanceHeartbeat({ store: stores.instances, instance, log, ...parts }));
  await heartbeat.start(signal);
  stack.use(new Backfills({ store: stores.backfills, databaseUrl, log })).start();
}
