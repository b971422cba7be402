import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { newsWindowsFrom } from './news-calendar.ts';

const TERMS = { minutesBefore: 5, minutesAfter: 30 };

/** The errors with which a calendar is refused. */
function errorsOf(text: string, terms: object = {}): unknown {
  try {
    newsWindowsFrom(text, { ...TERMS, ...terms });
  } catch (error) {
    if (error instanceof Problem) return error.facts.errors;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a calendar of news', () => {
  it('is a window around each time, for its currency or for all', () => {
    const text =
      '\uFEFFTitle,Time,Currency,Impact\r\n' +
      '"Non-farm payrolls, ""NFP""",2026-03-06T13:30:00Z,usd,High\r\n\r\n' +
      'A speech,2026-03-06T15:00:00+01:00,All,Low\r\n' +
      'Another,2026-03-07T00:00:00Z,,Low';

    expect(newsWindowsFrom(text, TERMS)).toEqual([
      { from: Date.UTC(2026, 2, 6, 13, 25), to: Date.UTC(2026, 2, 6, 14), currencies: ['USD'] },
      { from: Date.UTC(2026, 2, 6, 13, 55), to: Date.UTC(2026, 2, 6, 14, 30) },
      { from: Date.UTC(2026, 2, 6, 23, 55), to: Date.UTC(2026, 2, 7, 0, 30) },
    ]);
    expect(newsWindowsFrom(text, { ...TERMS, impact: 'high' })).toHaveLength(1);
    expect(newsWindowsFrom('time,currency\n', TERMS)).toEqual([]);
    expect(newsWindowsFrom('currency,time,title\rUSD,2026-03-06T13:30:00Z,NFP\r', TERMS)).toHaveLength(1);
    expect(newsWindowsFrom('time,currency\n2026-03-06T13:30:00Z,USD,\n', TERMS)).toHaveLength(1);
  });

  it.each([
    ['without a column', 'time,title\n', {}, '/1'],
    ['without the column that is asked for', 'time,currency\n', { impact: 'High' }, '/1'],
    ['with a time of no zone', 'time,currency\n\n2026-03-06T13:30:00,USD\n', {}, '/3/time'],
    ['with no time', 'time,currency\nnoon,USD\n', {}, '/2/time'],
    ['with a leap second', 'time,currency\n2026-12-31T23:59:60Z,USD\n', {}, '/2/time'],
    ['with a time after which no window can end', 'time,currency\n9999-12-31T23:59:59Z,USD\n', {}, '/2/time'],
    [
      'with a time before which no window can begin',
      'time,currency\n0000-01-01T00:00:00Z,USD\n',
      {},
      '/2/time',
    ],
    [
      'with a comma that is not in quotes, in a line of which the impact cannot be said',
      'title,time,currency,impact\nRates, a speech,2026-03-06T13:30:00Z,USD,High\n',
      { impact: 'High' },
      '/2',
    ],
    [
      'with a line that lacks cells',
      'time,currency,impact\n2026-03-06T13:30:00Z,USD\n',
      { impact: 'High' },
      '/2',
    ],
    ['with a column twice', 'time,currency,Time\n2026-03-06T13:30:00Z,USD,2026-03-06T14:30:00Z\n', {}, '/1'],
    ['with a country', 'time,currency\n2026-03-06T13:30:00Z,USA1\n', {}, '/2/currency'],
    ['with too many lines', `time,currency\n${'2026-03-06T13:30:00Z,USD\n'.repeat(1_001)}`, {}, ''],
  ])('%s is refused', (_what, text, terms, pointer) => {
    expect(errorsOf(text, terms)).toMatchObject([{ pointer, detail: expect.stringContaining('must') }]);
  });
});
