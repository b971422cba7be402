/** The names of entries: a file's own, or, where a file holds several steps, the file's with the step's number behind it. */

const STEP = /\/[1-9]$/;

/** One digit, so that the order of the names as text is the order of the steps. */
export const MOST_STEPS = 9;

/** Returns the name of a step, counted from one: `Migration20261201120000_require_note/2`. */
export function stepName(file: string, number: number): string {
  return `${file}/${number}`;
}

/** Returns the name of the file that an entry is in. */
export function fileOf(entry: string): string {
  return entry.replace(STEP, '');
}

/** Returns what stands behind the name of the file: `/2`, or nothing for a file that is one entry. */
export function stepOf(entry: string): string {
  return STEP.exec(entry)?.[0] ?? '';
}
