/** Waiting for the journal, which shows nothing newer than what is still being written. */
import { readHorizon } from '../../src/journal/journal-horizon-store.ts';
import { until } from './until.ts';
import type { Orm } from '../../src/persistence/orm.ts';

/** Waits until everything that is committed by now can be read. */
export async function untilJournalShowsAll(orm: Orm): Promise<void> {
  const { drawn } = await readHorizon(orm);
  await until('the journal shows all', async () => (await readHorizon(orm)).settled >= drawn);
}
