/** Columns that must have a value from now on. */
import { setNotNullOnline } from '../recipes/not-null.ts';
import type { Change } from './draft.ts';

/** The three migrations that require a column online; `first` is what must be done before in the first of them. */
export function requireColumn(
  table: string,
  column: string,
  first?: Omit<Change, 'stage' | 'rank'>,
): Change[] {
  const steps = setNotNullOnline({ table, column });
  return [
    ...(first === undefined ? [] : [{ stage: 'not_null_check', rank: 0, ...first } as const]),
    { stage: 'not_null_check', rank: 1, ...steps.check },
    { stage: 'not_null_validate', rank: 0, ...steps.validate },
    { stage: 'not_null', rank: 0, ...steps.finish },
  ];
}
