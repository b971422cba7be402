/** PostgreSQL's locks on tables, and who waits for them. Source: PostgreSQL manual, 13.3.1 "Table-Level Locks". */

/** As the view pg_locks spells them, from the weakest to the strongest. */
export const LOCK_MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** A lock as weak as reading takes is normal; only stronger ones are reported. */
export const WEAKEST_TOLD: LockMode = 'RowShareLock';

/** Anyone who is not named continues. */
const WHO_WAITS: Readonly<Record<LockMode, string>> = {
  AccessShareLock: 'no one waits',
  RowShareLock: 'no one waits',
  RowExclusiveLock: 'writes of the same rows wait',
  ShareUpdateExclusiveLock: 'other changes of the schema wait',
  ShareLock: 'writes wait',
  ShareRowExclusiveLock: 'writes wait',
  ExclusiveLock: 'writes wait',
  AccessExclusiveLock: 'reads and writes wait',
};

/** Whether `text` is a lock on tables. */
export function isLockMode(text: string): text is LockMode {
  return LOCK_MODES.some((mode) => mode === text);
}

/** Says who waits while such a lock is held. */
export function whoWaits(mode: LockMode): string {
  return WHO_WAITS[mode];
}

/** Returns the strongest, or undefined of none. */
export function strongestLock(modes: readonly LockMode[]): LockMode | undefined {
  return LOCK_MODES.findLast((mode) => modes.includes(mode));
}

export function isStronger(mode: LockMode, than: LockMode | undefined): boolean {
  return than === undefined || LOCK_MODES.indexOf(mode) > LOCK_MODES.indexOf(than);
}
