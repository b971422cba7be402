/** The instruments of paper accounts and backtests: what a European account at OANDA is offered. */

import { Instruments } from './instruments.ts';
import { ACCOUNT_CURRENCIES } from './instrument.ts';
import { paperFinancing } from './paper-financing.ts';
import type { Currency, Instrument, TradingHoursName } from './instrument.ts';

/** Every pair of the eight currencies, named in their order. */
const PAIRS = ACCOUNT_CURRENCIES.flatMap((base, index) => pairs(base, ACCOUNT_CURRENCIES.slice(index + 1)));

const EXOTICS = [
  ...pairs('USD', [
    'SEK',
    'NOK',
    'DKK',
    'SGD',
    'HKD',
    'CNH',
    'THB',
    'MXN',
    'ZAR',
    'TRY',
    'PLN',
    'HUF',
    'CZK',
  ]),
  ...pairs('EUR', ['SEK', 'NOK', 'DKK', 'SGD', 'HKD', 'ZAR', 'TRY', 'PLN', 'HUF', 'CZK']),
  ...pairs('GBP', ['SGD', 'ZAR', 'PLN']),
  ...['SGD', 'HKD', 'TRY', 'ZAR'].map((base) => `${base}_JPY`),
];

const METALS = [...pairs('XAU', ['USD', 'EUR', 'GBP', 'CHF', 'AUD']), ...pairs('XAG', ['USD', 'EUR', 'GBP'])];

// ESMA (2018) sets 30:1 for pairs of these currencies, 20:1 for other pairs and gold, 10:1 for silver; OANDA's European accounts
// apply it.
const MAJOR_CURRENCIES: ReadonlySet<Currency> = new Set(['EUR', 'GBP', 'USD', 'CAD', 'CHF', 'JPY']);
const MAJOR_MARGIN_RATE = 0.0333;
const MINOR_MARGIN_RATE = 0.05;
// OANDA asks 10 to 25 % for currencies of emerging markets, above what ESMA asks.
const MARGIN_RATE_OF: Readonly<Record<Currency, number>> = {
  XAG: 0.1,
  MXN: 0.1,
  ZAR: 0.1,
  PLN: 0.1,
  HUF: 0.1,
  CZK: 0.1,
  THB: 0.1,
  CNH: 0.1,
  TRY: 0.25,
};

// Currencies of which a hundred and more are a dollar are quoted with two digits fewer.
const SMALL_CURRENCIES: ReadonlySet<Currency> = new Set(['JPY', 'HUF', 'THB']);

const FOREX_ORDER_UNITS = 100_000_000;
const ORDER_UNITS_OF: Readonly<Record<Currency, number>> = { XAU: 50_000, XAG: 1_000_000 };

// Newer accounts at OANDA trade gold by a tenth of an ounce.
const WHOLE_UNITS = { unitsPrecision: 0, minimumUnits: 1 };
const UNITS_OF: Readonly<Record<Currency, typeof WHOLE_UNITS>> = {
  XAU: { unitsPrecision: 1, minimumUnits: 0.1 },
};

function pairs(base: Currency, quotes: readonly Currency[]): readonly string[] {
  return quotes.map((quote) => `${base}_${quote}`);
}

function describe(name: string): Instrument {
  const [base = '', quote = ''] = name.split('_');
  const pricePrecision = SMALL_CURRENCIES.has(quote) || base === 'XAU' ? 3 : 5;
  return {
    name,
    base,
    quote,
    pricePrecision,
    pipLocation: 1 - pricePrecision,
    ...(UNITS_OF[base] ?? WHOLE_UNITS),
    maximumOrderUnits: ORDER_UNITS_OF[base] ?? FOREX_ORDER_UNITS,
    marginRate: marginRateOf(base, quote),
    minimumTrailingPoints: 50,
    maximumTrailingPoints: 100_000,
    financing: paperFinancing(base, quote),
    tradingHours: tradingHoursOf(base, quote),
  };
}

function tradingHoursOf(base: Currency, quote: Currency): TradingHoursName {
  if (base === 'XAU' || base === 'XAG') return 'metals';
  return base === 'NZD' || quote === 'NZD' ? 'forex_nzd' : 'forex';
}

function marginRateOf(base: Currency, quote: Currency): number {
  if (MAJOR_CURRENCIES.has(base) && MAJOR_CURRENCIES.has(quote)) return MAJOR_MARGIN_RATE;
  return Math.max(MINOR_MARGIN_RATE, MARGIN_RATE_OF[base] ?? 0, MARGIN_RATE_OF[quote] ?? 0);
}

/** The 28 pairs of eight currencies, pairs with others, gold and silver, with OANDA's precisions and largest orders. */
export const PAPER_INSTRUMENTS = new Instruments([...PAIRS, ...EXOTICS, ...METALS].map(describe));
