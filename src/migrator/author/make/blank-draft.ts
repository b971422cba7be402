/** A migration that a person writes. */
import type { Phase } from '../../run/migration.ts';
import type { Draft } from './draft.ts';

const NOTES: Readonly<Record<Phase, string>> = {
  expand:
    'What the old and the new version of the server can both live with. Say here what it adds, and why.',
  data: 'Changes rows, and nothing of the schema. A statement may run again after a failure; for many rows use startBackfill of src/migrator/recipes.ts. If the rows can go back to what they were, write "override down()" in place of irreversible.',
  contract:
    'Takes away what only the old version of the server uses. Say here what, and since when nothing needs it.',
};

/** Returns an empty migration of a phase. */
export function blankDraft(phase: Phase): Draft {
  return {
    phase,
    isTransactional: true,
    note: NOTES[phase],
    isElidable: false,
    waivers: {},
    backfills: [],
    up: [],
    down: [],
    // An empty way back would claim that the rows are again what they were.
    ...(phase === 'data' && { irreversible: 'what the rows held before is not kept' }),
  };
}
