/** How far to go with an entry order that is to be ended. */

export const UNWIND_MODES = ['halt', 'cancel', 'close'] as const;
/**
 * Cancel it if it rests, or close as well what it opened if it filled after all. `halt` cancels too, and is forgotten when the account
 * trades again.
 */
export type UnwindMode = (typeof UNWIND_MODES)[number];

/** An order that is to be ended, by its id with us or, for one that has none, its number at the broker as text. */
export type SavedEnding = { readonly order: string; readonly mode: UnwindMode };
