import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { RollingExtreme } from './rolling-extreme.ts';

describe('RollingExtreme', () => {
  it('refuses a period below one', () => {
    expect(() => new RollingExtreme('maximum', 0)).toThrow(InvariantError);
  });

  it.each([
    { kind: 'maximum' as const, expected: [undefined, undefined, 5, 5, 4, 3] },
    { kind: 'minimum' as const, expected: [undefined, undefined, 3, 2, 2, 1] },
  ])('gives the $kind of the last three values', ({ kind, expected }) => {
    const extreme = new RollingExtreme(kind, 3);

    expect([3, 5, 4, 2, 3, 1].map((value) => extreme.update(value))).toEqual(expected);
  });

  it('equals a search through the window, with ties and with monotonous runs', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('maximum' as const, 'minimum' as const),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 80 }),
        (kind, period, values) => {
          const extreme = new RollingExtreme(kind, period);
          const search = kind === 'maximum' ? Math.max : Math.min;

          values.forEach((_, index) => {
            const found = extreme.update(values[index] ?? 0);
            const window = values.slice(Math.max(0, index + 1 - period), index + 1);
            expect(found).toBe(window.length < period ? undefined : search(...window));
          });
        },
      ),
    );
  });
});
