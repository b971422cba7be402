/** Migrations before they are files: statements that belong together, sorted into the order in which they must take effect. */
import type { Phase } from '../../run/migration.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/**
 * The steps that one change may need, in order. What is added comes first; what only the old version of the server uses goes
 * last, and what PostgreSQL runs outside of transactions only is a step of its own.
 */
export const STAGES = [
  'expand',
  'copy',
  'index',
  'unique',
  'validate',
  'not_null_check',
  'not_null_validate',
  'not_null',
  'contract_index',
  'contract_unique',
  'contract',
  'contract_validate',
  'drop_index',
] as const;
export type Stage = (typeof STAGES)[number];

/** Statements for one stage. `rank` orders them within it: what others need comes first, and is taken back last. */
export interface Change extends Step {
  readonly stage: Stage;
  readonly rank: number;
  /** Rules of the linter that it breaks, each with why that does no harm. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** Backfills that must be done before. */
  readonly backfills?: readonly string[];
  /** What the reader must know of this change, beyond what holds for its stage. */
  readonly note?: string;
}

/** One step to be written. */
export interface Draft extends Step {
  readonly phase: Phase;
  readonly isTransactional: boolean;
  /** What the reader of the file must know. */
  readonly note: string;
  readonly waivers: Readonly<Record<string, string>>;
  readonly backfills: readonly string[];
  /** Why there is no way back; then there is no `down`. */
  readonly irreversible?: string;
}

interface StageFacts {
  readonly phase: Phase;
  /** One statement a step, and no transaction. */
  readonly isAlone?: boolean;
  readonly note: string;
  readonly waivers?: Readonly<Record<string, string>>;
}

const FACTS: Readonly<Record<Stage, StageFacts>> = {
  expand: {
    phase: 'expand',
    note: 'Adds what the old and the new version of the server can both live with.',
  },
  copy: {
    phase: 'data',
    note: 'Fills the last rows at once, so that a small table is done before the new version starts; the backfill does the others.',
    waivers: { 'down-or-irreversible': 'the column that is filled goes with the step before' },
  },
  index: { phase: 'expand', isAlone: true, note: 'Made while the table is written to.' },
  unique: { phase: 'expand', note: 'Makes constraints of the indexes that were built before; reads no row.' },
  validate: {
    phase: 'expand',
    note: 'Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.',
  },
  not_null_check: {
    phase: 'contract',
    note: 'From now on null is refused: nothing that still writes it may be running, and every row must have a value.',
  },
  not_null_validate: { phase: 'contract', note: 'Reads all rows, while others read and write.' },
  not_null: { phase: 'contract', note: 'Requires the columns; the checks prove it without reading a row.' },
  contract_index: {
    phase: 'contract',
    isAlone: true,
    note: 'Refuses doubles from now on, which the old version may write: it must be gone. Until then the new version must not rely on it (on conflict).',
  },
  contract_unique: {
    phase: 'contract',
    note: 'Makes constraints of the indexes of the step before; reads no row.',
  },
  contract: { phase: 'contract', note: 'Removes what only the old version of the server uses.' },
  contract_validate: {
    phase: 'contract',
    note: 'Reads the rows that are there, while others read and write.',
  },
  drop_index: { phase: 'contract', isAlone: true, note: 'Dropped while the table is used.' },
};

/** Returns the note for the reader of a step of this stage. */
export function noteOf(stage: Stage): string {
  return FACTS[stage].note;
}

/** Returns the steps that carry out these changes, in order; contracts wait to be asked for, so they come last. */
export function draftsOf(changes: readonly Change[]): Draft[] {
  const drafts = STAGES.flatMap((stage) => draftsOfStage(stage, changes));
  const isContract = ({ phase }: Draft): boolean => phase === 'contract';
  return [...drafts.filter((draft) => !isContract(draft)), ...drafts.filter(isContract)];
}

function draftsOfStage(stage: Stage, changes: readonly Change[]): Draft[] {
  const { isAlone = false } = FACTS[stage];
  const ours = changes.filter((change) => change.stage === stage).toSorted((a, b) => a.rank - b.rank);
  if (ours.length === 0) return [];
  return isAlone ? ours.map((change) => draftOf(stage, [change])) : [draftOf(stage, ours)];
}

function draftOf(stage: Stage, changes: readonly Change[]): Draft {
  const { phase, isAlone = false, waivers = {} } = FACTS[stage];
  const notes = new Set([noteOf(stage), ...changes.flatMap((change) => change.note ?? [])]);
  return {
    phase,
    note: [...notes].join(' '),
    isTransactional: !isAlone,
    up: changes.flatMap(({ up }) => up),
    down: changes.toReversed().flatMap(({ down }) => down),
    waivers: changes.reduce((all, change) => ({ ...all, ...change.waivers }), waivers),
    backfills: [...new Set(changes.flatMap(({ backfills = [] }) => backfills))],
  };
}

const BLANK_NOTES: Readonly<Record<Phase, string>> = {
  expand:
    'What the old and the new version of the server can both live with. Say here what it adds, and why.',
  data: 'Changes rows, and nothing of the schema. A statement may run again after a failure; for many rows use startBackfill of src/migrator/recipes.ts. If the rows can go back to what they were, write "override down()" in place of irreversible.',
  contract:
    'Removes what only the old version of the server uses. Say here what, and since when nothing needs it.',
};

/** Returns an empty migration of a phase, which a person writes. */
export function blankDraft(phase: Phase): Draft {
  return {
    phase,
    isTransactional: true,
    note: BLANK_NOTES[phase],
    waivers: {},
    backfills: [],
    up: [],
    down: [],
    // An empty way back would claim that the rows are again what they were.
    ...(phase === 'data' && { irreversible: 'what the rows held before is not kept' }),
  };
}
