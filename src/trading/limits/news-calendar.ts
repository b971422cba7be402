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
const AS_MANY_CELLS =
  'must have as many cells as the header: one with a comma stands in quotes, and none spans lines';
/** So many lines that are wrong are named. */
const MOST_ERRORS = 20;
const EARLIEST = Date.UTC(1970, 0);
const END_OF_TIMES = Date.UTC(9999, 0);
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
  if (errors.length > 0) throw invalid(errors);
  if (wanted.length > MOST_NEWS_WINDOWS)
    throw invalid([{ pointer: '', detail: `must have at most ${MOST_NEWS_WINDOWS} lines of this impact` }]);
  return wanted.map((line) => windowOf(line, terms));
}

function linesOf(text: string, columns: readonly string[]): readonly Line[] {
  const [header = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r\n?|\n/);
  const names = cellsOf(header).map((name) => name.toLowerCase());
  const missing = columns.filter((column) => names.filter((name) => name === column).length !== 1);
  if (missing.length > 0)
    throw invalid([
      { pointer: '/1', detail: `must be a header with the column ${missing.join(' and ')}, each once` },
    ]);
  const lines = rest
    .map((line, index) => ({ number: index + 2, cells: cellsOf(line), isEmpty: line.trim() === '' }))
    .filter(({ isEmpty }) => !isEmpty);
  // In such a line no cell can be trusted, and not its impact either.
  const torn = lines.filter(({ cells }) => cells.length !== names.length);
  if (torn.length > 0)
    throw invalid(torn.map(({ number }) => ({ pointer: `/${number}`, detail: AS_MANY_CELLS })));
  return lines.map(({ number, cells }) => ({
    number,
    cells: new Map(names.map((name, at) => [name, cells[at] ?? ''])),
  }));
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
  if (!isTime(cells.get('time')))
    errors.push({ pointer: `/${number}/time`, detail: 'must be a time such as 2026-03-06T13:30:00Z' });
  if (!isForAll(cells) && !CURRENCY.test(cells.get('currency') ?? ''))
    errors.push({
      pointer: `/${number}/currency`,
      detail: 'must be a currency of three letters, All, or empty',
    });
  return errors;
}

/** A time in a year whose windows can be written. */
function isTime(text: string | undefined): boolean {
  const at = Value.Check(Instant, text) ? Date.parse(text) : NaN;
  return at >= EARLIEST && at < END_OF_TIMES;
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
  return new Problem('invalid-request', 'The calendar is not valid.', {
    errors: errors.slice(0, MOST_ERRORS),
  });
}
