import { describe, expect, it } from 'vitest';
import { plotEquity } from './equity-plot.ts';

const DOLLAR = 10_000;

describe('the drawing of an equity curve', () => {
  it('puts the highest equity beside the first line and the lowest beside the last', () => {
    const lines = plotEquity(
      [
        { at: 0, equity: 1_000 * DOLLAR },
        { at: 50, equity: 1_250.5 * DOLLAR },
        { at: 100, equity: 990 * DOLLAR },
      ],
      { columns: 10, lines: 4 },
    );

    expect(lines.map((line) => line.slice(0, 10))).toEqual([
      '1,250.50 ┤',
      '         ┤',
      '         ┤',
      '  990.00 ┤',
    ]);
  });

  it('draws a rise from the lower left to the upper right without a hole', () => {
    const points = Array.from({ length: 9 }, (_, step) => ({ at: step, equity: step * DOLLAR }));

    const lines = plotEquity(points, { columns: 4, lines: 2 });

    const drawn = lines.map((line) => line.slice(6));
    expect(drawn[0]).toMatch(/^⠀⠀/);
    expect(drawn[0]?.at(-1)).not.toBe('⠀');
    expect(drawn[1]?.at(0)).not.toBe('⠀');
    expect(drawn[1]?.at(-1)).toBe('⠀');
    // Every column of characters has a dot in one line or the other.
    for (let column = 0; column < 4; column += 1) {
      expect(drawn.some((line) => line[column] !== '⠀')).toBe(true);
    }
  });

  it('draws a flat line for an equity that never changed', () => {
    const lines = plotEquity(
      [
        { at: 0, equity: DOLLAR },
        { at: 9, equity: DOLLAR },
      ],
      { columns: 3, lines: 2 },
    );

    expect(lines).toEqual(['1.00 ┤⠉⠉⠉', '1.00 ┤⠀⠀⠀']);
  });

  it('keeps a spike that lasted for an instant', () => {
    const points = Array.from({ length: 1_000 }, (_, at) => ({
      at,
      equity: at === 500 ? 2 * DOLLAR : DOLLAR,
    }));

    const lines = plotEquity(points, { columns: 20, lines: 3 });

    expect(lines[0]).toMatch(/^2\.00 ┤⠀{9,10}[^⠀]/);
  });
});
