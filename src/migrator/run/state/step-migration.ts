/** Makes of each step of a file a migration like any other, so that whatever runs, reads or reviews one needs to know no steps. */
import { MigratorFailure } from '../../failure.ts';
import { hasDown, Migration } from '../migration.ts';
import { MOST_STEPS, stepName } from './entry-name.ts';
import type { MigrationClass, MigrationStep } from '../migration.ts';

/** A migration under its own name, and what it comes after in its file. */
export interface NamedClass {
  readonly name: string;
  readonly migrationClass: MigrationClass;
  readonly previous?: string | undefined;
}

/** A step states these for itself. */
const STATED_BY_STEPS = [
  'phase',
  'transactional',
  'irreversible',
  'replaces',
  'requires',
  'backfills',
  'lint',
  'stop',
];

/** Returns what a file holds, in order: one migration, or one for each of its steps. MigratorFailure `command-invalid` for steps that do not follow the rules. */
export function entriesOfClass(file: string, migrationClass: MigrationClass): NamedClass[] {
  const { steps } = migrationClass;
  if (steps === undefined) return [{ name: file, migrationClass }];
  const fault = stepsFault(migrationClass, steps);
  if (fault !== undefined) throw new MigratorFailure('command-invalid', `${file}.ts ${fault}`);
  return steps.map((step, index) => ({
    name: stepName(file, index + 1),
    migrationClass: classOfStep(step),
    previous: index === 0 ? undefined : stepName(file, index),
  }));
}

function stepsFault(migrationClass: MigrationClass, steps: readonly MigrationStep[]): string | undefined {
  if (steps.length === 0 || steps.length > MOST_STEPS)
    return `has ${steps.length} steps: one to ${MOST_STEPS} are possible. Put the rest into another migration.`;
  const stray = STATED_BY_STEPS.filter((fact) => Object.hasOwn(migrationClass, fact));
  if (stray.length > 0)
    return `states ${stray.join(', ')} beside its steps: state it in the step that it is true of.`;
  if (Object.hasOwn(migrationClass.prototype as object, 'up') || hasDown(migrationClass))
    return 'has steps and also up() or down(): only the steps would run. Keep one of the two.';
  const contract = steps.findIndex(({ phase }) => phase === 'contract');
  const after =
    contract < 0 ? -1 : steps.findIndex(({ phase }, index) => index > contract && phase !== 'contract');
  // It would run at start, and the contract before it only later.
  if (after > 0)
    return `has step ${after + 1}, ${steps[after]?.phase}, after a contract: contracts come last.`;
  return undefined;
}

function classOfStep(step: MigrationStep): MigrationClass {
  const { phase, transactional = true, irreversible, requires, backfills } = step;
  const { lint, stop, up, down } = step;
  class StepMigration extends Migration {
    static override readonly phase = phase;
    static override readonly transactional = transactional;
    override up(): void {
      this.addAll(up);
    }
  }
  Object.assign(StepMigration, { irreversible, requires, backfills, lint, stop });
  if (down === undefined) return StepMigration;
  return class extends StepMigration {
    override down(): void {
      this.addAll(down);
    }
  };
}
