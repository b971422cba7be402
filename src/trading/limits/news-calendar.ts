/** A calendar of news as a CSV file: the times around which an account opens nothing. */

import { Value } from 'typebox/value';
import { MINUTE_MS } from '../../core/domain/trading-calendar.ts';
import { Problem } from '../../core/shared/problem.ts';
import { Instant } from '../../http/values.ts';
import { MOST_NEWS_WINDOWS } from './further-limits-input.ts';
import type { NewsWindow } from '../../core/domain/account.ts';
import type { FieldError } from '../../core/shared/problem.ts';

/** How long around each time, and of which impact the news must be; of any when it is left out. */
export interface CalendarTerms {
  readonly minutesBefore: number;
  readonly minutesAfter: number;
  readonly impact?: string | undefined;
}

/** A line below the header: what it says by the names of the columns in small letters. */
interface Line {
  readonly number: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** A cell in quotes, in which a quote is two of them, or up to the next comma. */
const CELL = /(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/gy;
const CURRENCY = /^[A-Za-z]{3}$/;

/**
 * Returns the windows around the times of a file with the columns `time` and `currency`, and `impact` where that is asked for; others are not
 * looked at. Throws `invalid-request` that names each line that is wrong.
 */
export function newsWindowsFrom(text: string, terms: CalendarTerms): readonly NewsWindow[] {
  const lines = linesOf(
    text,
    terms.impact === undefined ? ['time', 'currency'] : ['time', 'currency', 'impact'],
  );
  const wanted = lines.filter(({ cells }) => isOfImpact(cells.get('impact'), terms.impact));
  const errors: FieldError[] = wanted.flatMap(errorsOf);
  if (errors.length > 0) throw invalid(errors.slice(0, 20));
  if (wanted.length > MOST_NEWS_WINDOWS)
    throw invalid([{ pointer: '', detail: `must have at most ${MOST_NEWS_WINDOWS} lines of this impact` }]);
  return wanted.map((line) => windowOf(line, terms));
}

function linesOf(text: string, columns: readonly string[]): readonly Line[] {
  const [header = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = cellsOf(header).map((name) => name.toLowerCase());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0)
    throw invalid([{ pointer: '/1', detail: `must be a header with the column ${missing.join(' and ')}` }]);
  return rest.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const cells = cellsOf(line);
    return [{ number: index + 2, cells: new Map(names.map((name, at) => [name, cells[at] ?? ''])) }];
  });
}

function cellsOf(line: string): readonly string[] {
  const cells: string[] = [];
  for (const [, quoted, plain = ''] of line.matchAll(CELL))
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
  return cells;
}

function isOfImpact(impact: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || impact?.toLowerCase() === wanted.toLowerCase();
}

function errorsOf({ number, cells }: Line): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!Value.Check(Instant, cells.get('time')))
    errors.push({ pointer: `/${number}/time`, detail: 'must be a time such as 2026-03-06T13:30:00Z' });
  if (!isForAll(cells) && !CURRENCY.test(cells.get('currency') ?? ''))
    errors.push({
      pointer: `/${number}/currency`,
      detail: 'must be a currency of three letters, All, or empty',
    });
  return errors;
}

function windowOf({ cells }: Line, { minutesBefore, minutesAfter }: CalendarTerms): NewsWindow {
  const at = Date.parse(cells.get('time') ?? '');
  const window = { from: at - minutesBefore * MINUTE_MS, to: at + minutesAfter * MINUTE_MS };
  return isForAll(cells) ? window : { ...window, currencies: [(cells.get('currency') ?? '').toUpperCase()] };
}

function isForAll(cells: ReadonlyMap<string, string>): boolean {
  return ['', 'all'].includes((cells.get('currency') ?? '').toLowerCase());
}

function invalid(errors: readonly FieldError[]): Problem {
  return new Problem('invalid-request', 'The calendar is not valid.', { errors });
}
