import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../core/domain/trading-calendar.ts';
import { instantText } from './values.ts';

const LAST_DATE = 8.64e15;

describe('the text of an instant', () => {
  it('refuses what no date is', () => {
    for (const at of [NaN, Infinity, LAST_DATE + DAY_MS])
      expect(() => instantText(at), String(at)).toThrow(RangeError);
  });

  it('is that of a date, whatever was written before', () => {
    const instants = fc.oneof(
      fc.integer({ min: 0, max: 3 * DAY_MS }),
      fc.integer({ min: -3 * DAY_MS, max: 0 }),
      fc.integer({ min: -LAST_DATE, max: LAST_DATE }),
      fc.double({ min: -LAST_DATE, max: LAST_DATE, noNaN: true }),
      fc.constantFrom(-0.5, -1, 0, DAY_MS - 1, DAY_MS, LAST_DATE, -LAST_DATE),
    );
    fc.assert(
      fc.property(fc.array(instants, { minLength: 1 }), (drawn) => {
        expect(drawn.map(instantText)).toEqual(drawn.map((at) => new Date(at).toISOString()));
      }),
    );
  });
});
