/** The phases of steps, written before what they do: `expand(rename.expand)`, `contract({ ...rename.contract, backfills: ['orders.note'] })`. */
import type { MigrationStep, StepFacts } from '../../run/migration.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/** What a recipe gives or a person writes, and what is stated besides. Without `down` it says in `irreversible` why. */
export interface StatedStep extends StepFacts, Omit<Step, 'down'>, Partial<Pick<Step, 'down'>> {}

/** A step that the old and the new version of the server can both live with. */
export function expand(step: StatedStep): MigrationStep {
  return { ...step, phase: 'expand' };
}

/** A step that changes rows. */
export function data(step: StatedStep): MigrationStep {
  return { ...step, phase: 'data' };
}

/** A step that removes what only the old version of the server uses. It waits until it is asked for. */
export function contract(step: StatedStep): MigrationStep {
  return { ...step, phase: 'contract' };
}
