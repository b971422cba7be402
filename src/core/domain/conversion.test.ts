import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversionWays } from './conversion.ts';
import { ACCOUNT_CURRENCIES } from './instrument.ts';
import { PAPER_INSTRUMENTS } from './paper-instruments.ts';

const knowing =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

describe('conversionWays', () => {
  it('knows no way without a price', () => {
    expect(conversionWays('JPY', 'USD', knowing())).toEqual([]);
  });

  it('knows no way through half of a bridge', () => {
    expect(conversionWays('AUD', 'CHF', knowing('AUD_USD', 'EUR_CHF'))).toEqual([]);
  });

  it('needs no price from a currency to itself', () => {
    expect(conversionWays('USD', 'USD', knowing())).toEqual([[]]);
  });

  it('takes a pair forward or inverted', () => {
    expect(conversionWays('GBP', 'USD', knowing('GBP_USD'))).toEqual([
      [{ instrument: 'GBP_USD', isInverse: false }],
    ]);
    expect(conversionWays('JPY', 'USD', knowing('USD_JPY'))).toEqual([
      [{ instrument: 'USD_JPY', isInverse: true }],
    ]);
  });

  it('names the pair of the two first, then US dollars, then euros', () => {
    const all = PAPER_INSTRUMENTS.list.map(({ name }) => name);

    expect(conversionWays('GBP', 'JPY', knowing(...all))).toEqual([
      [{ instrument: 'GBP_JPY', isInverse: false }],
      [
        { instrument: 'GBP_USD', isInverse: false },
        { instrument: 'USD_JPY', isInverse: false },
      ],
      [
        { instrument: 'EUR_GBP', isInverse: true },
        { instrument: 'EUR_JPY', isInverse: false },
      ],
    ]);
  });

  it('leaves out ways that lack a price', () => {
    const all = PAPER_INSTRUMENTS.list.map(({ name }) => name);
    const without = all.filter((name) => name !== 'GBP_JPY' && name !== 'USD_JPY');

    expect(conversionWays('GBP', 'JPY', knowing(...without))).toEqual([
      [
        { instrument: 'EUR_GBP', isInverse: true },
        { instrument: 'EUR_JPY', isInverse: false },
      ],
    ]);
  });

  it('goes back the way it came, inverted', () => {
    const currency = fc.constantFrom(...ACCOUNT_CURRENCIES);
    const known = fc.subarray(PAPER_INSTRUMENTS.list.map(({ name }) => name));
    fc.assert(
      fc.property(currency, currency, known, (from, to, names) => {
        const there = conversionWays(from, to, knowing(...names));
        const back = conversionWays(to, from, knowing(...names));

        const reversed = there.map((steps) =>
          steps.map(({ instrument, isInverse }) => ({ instrument, isInverse: !isInverse })).reverse(),
        );
        expect(back).toEqual(reversed);
      }),
    );
  });
});
