import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversionSteps } from './conversion.ts';
import { CURRENCIES, INSTRUMENTS } from './instrument.ts';

const knowing =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

describe('conversionSteps', () => {
  it('knows no way without a price', () => {
    expect(conversionSteps('JPY', 'USD', knowing())).toBeUndefined();
  });

  it('knows no way through half of a bridge', () => {
    expect(conversionSteps('AUD', 'CHF', knowing('AUD_USD', 'EUR_CHF'))).toBeUndefined();
  });

  it('needs no price from a currency to itself', () => {
    expect(conversionSteps('USD', 'USD', knowing())).toEqual([]);
  });

  it('takes a pair forward or inverted', () => {
    expect(conversionSteps('GBP', 'USD', knowing('GBP_USD'))).toEqual([
      { instrument: 'GBP_USD', isInverse: false },
    ]);
    expect(conversionSteps('JPY', 'USD', knowing('USD_JPY'))).toEqual([
      { instrument: 'USD_JPY', isInverse: true },
    ]);
  });

  it('prefers the pair of the two, then US dollars, then euros', () => {
    const all = INSTRUMENTS.map(({ name }) => name);
    const without = (...names: readonly string[]) => knowing(...all.filter((name) => !names.includes(name)));

    expect(conversionSteps('GBP', 'JPY', knowing(...all))).toEqual([
      { instrument: 'GBP_JPY', isInverse: false },
    ]);
    expect(conversionSteps('GBP', 'JPY', without('GBP_JPY'))).toEqual([
      { instrument: 'GBP_USD', isInverse: false },
      { instrument: 'USD_JPY', isInverse: false },
    ]);
    expect(conversionSteps('GBP', 'JPY', without('GBP_JPY', 'USD_JPY'))).toEqual([
      { instrument: 'EUR_GBP', isInverse: true },
      { instrument: 'EUR_JPY', isInverse: false },
    ]);
  });

  it('goes back the way it came, inverted', () => {
    const currency = fc.constantFrom(...CURRENCIES);
    const known = fc.subarray(INSTRUMENTS.map(({ name }) => name));
    fc.assert(
      fc.property(currency, currency, known, (from, to, names) => {
        const there = conversionSteps(from, to, knowing(...names));
        const back = conversionSteps(to, from, knowing(...names));

        const reversed = there
          ?.map(({ instrument, isInverse }) => ({ instrument, isInverse: !isInverse }))
          .reverse();
        expect(back).toEqual(reversed);
      }),
    );
  });
});
