/** What an account is worth, as statements take it over from a parameter of JSON. */

import type { snapshotColumns } from '../projection-rows.ts';

const TYPES: Readonly<Record<keyof ReturnType<typeof snapshotColumns>, string>> = {
  balance: 'numeric',
  nav: 'numeric',
  margin_used: 'numeric',
  margin_available: 'numeric',
  unrealized_pnl: 'numeric',
  margin_call: 'boolean',
  margin_closeout_percent: 'numeric',
  snapshot_at: 'timestamptz',
};

/** The columns with their types, as `json_to_recordset` is given them. */
export const SNAPSHOT_DEFINITION = Object.entries(TYPES)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');

/** Returns what sets the columns to those of a row of the statement. */
export function setSnapshot(row: string): string {
  return Object.keys(TYPES)
    .map((name) => `${name} = ${row}.${name}`)
    .join(', ');
}
