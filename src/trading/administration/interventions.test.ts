import { expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { INTERVENTION } from './intervention.ts';
import { Interventions } from './interventions.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { InterventionsDependencies } from './interventions.ts';

/** What the journal says when stopping a strategy comes to this problem. */
async function saidOf(problem: Problem): Promise<readonly JournalEntry[]> {
  const said: JournalEntry[] = [];
  const deps = {
    stored: { find: async () => ({ id: 'account', userId: 'person' }) },
    supervisor: { find: () => ({ strategies: { stopWhatIsDue: () => Promise.reject(problem) } }) },
    journal: { record: async (entry: JournalEntry) => void said.push(entry) },
  };
  const interventions = new Interventions(deps as unknown as InterventionsDependencies);
  interventions.follow([
    {
      category: 'admin',
      type: INTERVENTION,
      severity: 'info',
      description: 'The strategy is to be stopped',
      accountId: 'account',
      details: { action: 'stop' },
    },
  ]);
  await interventions.settled();
  return said;
}

it('does not say that a stop was impossible when someone else stops the strategy at that moment', async () => {
  expect(await saidOf(new Problem('invalid-transition', 'The strategy is not running any more.'))).toEqual(
    [],
  );
});

it('says what kept a stop from being done', async () => {
  const said = await saidOf(new Problem('internal-error', 'It cannot be done.'));

  expect(said).toMatchObject([{ type: 'intervention-refused', userId: 'person' }]);
});
