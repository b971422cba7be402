import { describe, expect, it } from 'vitest';
import { Unreadable } from '../translate/unreadable.ts';
import { UnreadableLines } from './unreadable-lines.ts';
import type { UnreadableReport } from '../../broker.ts';

function read(line: unknown): number {
  if (typeof line !== 'number') throw new Unreadable(`${String(line)} is no number`);
  return line;
}

describe('lines that cannot be read', () => {
  it('are passed over; the first is reported at once, those of a minute together', () => {
    const reports: UnreadableReport[] = [];
    let now = 0;
    const lines = new UnreadableLines(
      (report) => void reports.push(report),
      () => now,
    );

    expect(lines.take('prices', [1, 'a', 2, 'b'], read)).toEqual([1, 2]);
    expect(reports).toEqual([{ stream: 'prices', lines: 1, why: 'a is no number' }]);

    now = 59_999;
    lines.take('prices', ['c'], read);
    lines.take('transactions', ['d'], read);
    now = 60_000;
    lines.take('prices', ['e'], read);

    expect(reports.slice(1)).toEqual([
      { stream: 'transactions', lines: 1, why: 'd is no number' },
      { stream: 'prices', lines: 3, why: 'e is no number' },
    ]);
  });

  it('hide no other failure', () => {
    const lines = new UnreadableLines(() => undefined);
    const fail = (): never => {
      throw new TypeError('a bug');
    };

    expect(() => lines.take('prices', [1], fail)).toThrow(TypeError);
  });
});
