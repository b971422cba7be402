/** The reason that somebody gives for changing what the database remembers. */
import { misuse } from './io.ts';

/** Returns it; MigratorFailure `command-invalid` when there is none. Whoever reads it in a year knows nothing else. */
export function demandReason(reason: string | undefined): string {
  const text = reason?.trim() ?? '';
  if (text === '') throw misuse('Say why with --reason "…"; db:status shows it to whoever wonders.');
  return text;
}
