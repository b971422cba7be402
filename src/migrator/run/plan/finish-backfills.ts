/** Does what is left of a contract's backfills before the contract runs, where nobody else can be waited for. */
import { BackfillStore } from '../../upkeep/backfills/backfill-store.ts';
import { runBackfill } from '../../upkeep/backfills/run-backfill.ts';
import { pause } from '../connect/pause.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { Query } from '../connect/query.ts';

/** How often it is looked whether the worker of another copy is done. */
const LOOK_EVERY_MS = 500;

export interface FinishParts {
  readonly databaseUrl: string;
  readonly query: Query;
  readonly signal: AbortSignal | undefined;
  /** Hears how far it is. */
  readonly onProgress: (progress: string) => void;
}

/** Returns when each is done, or nothing more can be done about it: the gate tells then. */
export async function finishBackfills({ backfills = [] }: ManifestEntry, parts: FinishParts): Promise<void> {
  for (const name of backfills) await finish(name, parts);
}

async function finish(name: string, { databaseUrl, query, signal, onProgress }: FinishParts): Promise<void> {
  const store = new BackfillStore(query);
  await store.retry(name);
  const isLeft = async () => ['pending', 'running'].includes((await store.find(name))?.state ?? '');
  while (await isLeft()) {
    signal?.throwIfAborted();
    const { type } = await runBackfill({
      databaseUrl,
      name,
      signal: signal ?? new AbortController().signal,
      // Anyone who could use the pauses waits for the end.
      restShare: 0,
      onProgress: ({ rowsDone, rowsEstimate }) =>
        onProgress(`backfill ${name}, ${rowsDone} of about ${rowsEstimate ?? 'unknown'} rows`),
    });
    if (type === 'taken' || type === 'lost') await pause(LOOK_EVERY_MS, signal);
  }
}
