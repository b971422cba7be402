import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backtestCommand } from '../../src/backtests/command/backtest-command.ts';
import { importPricesCommand } from '../../src/prices/import/import-prices-command.ts';
import { runCommand } from '../../src/commands/command.ts';
import { EMA_CROSS } from '../../src/core/strategies/ema-cross.ts';
import { createTestDatabase } from '../support/database.ts';
import { quotesAsCsv } from '../support/made-quotes.ts';
import { candleFile, longQuoteFile, quoteFile, START } from '../support/price-files.ts';
import type { Command } from '../../src/commands/command.ts';
import type { Intent, Strategy } from '../../src/core/strategies/strategy.ts';
import type { TestDatabase } from '../support/database.ts';

/** Of files: no broker is asked. */
const importPrices = importPricesCommand(() => {
  throw new Error('a broker was asked');
});

const NO_SERIES = '00000000-0000-7000-8000-000000000000';

const REAL_PRICES = join(import.meta.dirname, '../../../shared/data');

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-prices-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

async function priceFile(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Fails at its third candle, as a mistake in a strategy of one's own does. */
class ThrowingStrategy implements Strategy {
  readonly granularities = ['M1'] as const;
  #candles = 0;

  onCandle(): readonly Intent[] {
    this.#candles += 1;
    if (this.#candles === 3) throw new TypeError('no such thing');
    return [];
  }

  save() {
    return null;
  }

  restore(): void {
    // It remembers nothing.
  }
}

async function call(command: Command, argv: readonly string[], isTTY = false) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text), isTTY },
  };
  const open = async () => ({ url: database.url, close: async () => undefined });
  const code = await runCommand(io, () => command.run(argv, io, open));
  return { code, ...written };
}

describe('import-prices', () => {
  it.each([
    ['no file', () => ['--instrument', 'EUR_USD']],
    ['no instrument', () => ['prices.csv']],
    ['a word it does not know', () => ['prices.csv', '--instruments', 'EUR_USD']],
    ['a file that is not there', () => [join(folder, 'nowhere.csv'), '--instrument', 'EUR_USD']],
    ['a folder', () => [folder, '--instrument', 'EUR_USD']],
  ])('given %s, says so in one line and fails', async (_, argv) => {
    const { code, out, err } = await call(importPrices, argv());

    expect(code).not.toBe(0);
    expect(out).toBe('');
    expect(err).toMatch(/^[^\n]+\n$/);
  });

  it.each([
    ['unparsable', `${quoteFile([[0, '1.1', '1.2']])}\n1.3,1.4\n`, '1 unparsable (first at line 3)'],
    [
      'out of order',
      quoteFile([
        [5, '1.1', '1.2'],
        [4, '1.1', '1.2'],
      ]),
      '1 out-of-order (first at line 3)',
    ],
    ['with a bid above its ask', quoteFile([[5, '1.3', '1.2']]), '1 bid-above-ask (first at line 2)'],
    [
      'with a high below its low',
      candleFile([
        [0, 1, 2, 0],
        [1, 2, 0, 1],
      ]),
      '1 high-below-low (first at line 2)',
    ],
  ])('refuses rows %s and names them', async (_, content, sentence) => {
    const file = await priceFile('bad.csv', content);

    const { code, err } = await call(importPrices, [file, '--instrument', 'EUR_USD']);

    expect(code).not.toBe(0);
    expect(err).toContain(sentence);
    expect(err).toContain('--skip-bad leaves them out.');
    expect(err).toMatch(/^[^\n]+\n$/);
  });

  it('imports a gzipped file and reports what it left out', async () => {
    const file = await priceFile('quotes.csv.gz', gzipSync(`${longQuoteFile(4_000)}\nnonsense\n`));

    const { code, out, err } = await call(importPrices, [file, '--instrument', 'EUR_USD', '--skip-bad']);

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(
      /^Imported 4,000 quotes of EUR_USD from 2024-01-03 00:00 UTC to 2024-01-03 01:06 UTC in .* s\.\nLeft out: 1 unparsable, the first in line 4002\.\nSeries [0-9a-f-]{36}\n$/,
    );
  });

  it('draws its progress on a terminal', async () => {
    const file = await priceFile('watched.csv', longQuoteFile(100));

    const { out, err } = await call(importPrices, [file, '--instrument', 'EUR_CHF'], true);

    expect(err).toContain('watched.csv █');
    expect(out).toContain('Imported 100 quotes');
  });
});

describe('backtest', () => {
  const ARGV = [
    '--strategy',
    'ema_cross',
    '--instrument',
    'EUR_USD',
    '--parameters',
    '{"granularity":"M1","fast":3,"slow":8}',
  ];

  it.each([
    ['no strategy', ['--instrument', 'EUR_USD'], 'A strategy type is required'],
    [
      'a strategy that there is not',
      ['--strategy', 'magic', '--instrument', 'EUR_USD'],
      'strategyType: there is no strategy type magic, but ema_cross, ',
    ],
    [
      'an instrument without prices',
      ['--strategy', 'ema_cross', '--instrument', 'AUD_NZD'],
      'import one first',
    ],
    ['parameters that are no JSON', [...ARGV, '--parameters', 'fast=3'], '--parameters needs a JSON object'],
    [
      'a currency that cannot be converted to',
      [...ARGV, '--currency', 'JPY'],
      'currency: results in USD cannot be converted to JPY',
    ],
    ['a time that is none', [...ARGV, '--from', 'May'], '--from needs a time'],
    [
      'a range after the prices',
      [...ARGV, '--from', '2030-01-01'],
      'from: is after the prices of the series, which go from 2024-01-03T00:00:00.000Z to 2024-01-03T01:06:',
    ],
    [
      'a range before the prices',
      [...ARGV, '--to', '2020-01-01'],
      'to: is before the prices of the series, which go from 2024-01-03T00:00:00.000Z to 2024-01-03T01:06:',
    ],
    [
      'a range the wrong way round',
      [...ARGV, '--from', '2024-01-03T01:00:00Z', '--to', '2024-01-03T00:30:00Z'],
      'to: must be later than "from"; the prices of the series go from 2024-01-03T00:00:00.000Z to',
    ],
    ['a balance that is none', [...ARGV, '--balance=-5'], '--balance needs an amount'],
    [
      'a series that there is not',
      [...ARGV, '--series', '00000000-0000-7000-8000-000000000000'],
      'there is no such price series',
    ],
    ['a series that is no id', [...ARGV, '--series', 'GBP_USD=prices.csv'], '--series needs the id'],
    [
      'two series of one instrument',
      [...ARGV, '--series', NO_SERIES, '--series', `EUR_USD=${NO_SERIES}`],
      'two series of EUR_USD',
    ],
    [
      'a series that nothing needs',
      [...ARGV, '--series', `GBP_USD=${NO_SERIES}`],
      'the backtest needs no prices of GBP_USD, but of EUR_USD; leave it out',
    ],
  ])('given %s, says so in one line and fails', async (_, argv, sentence) => {
    const { code, out, err } = await call(backtestCommand, argv);

    expect(code).not.toBe(0);
    expect(out).toBe('');
    expect(err).toContain(sentence);
    expect(err).toMatch(/^[^\n]+\n$/);
  });

  it('converts by the series that is named, and says which were used', async () => {
    const file = await priceFile('franc.csv', longQuoteFile(3_000));
    const { out: imported } = await call(importPrices, [file, '--instrument', 'USD_CHF']);
    const [id = ''] = /[0-9a-f-]{36}/.exec(imported) ?? [];
    const argv = [...ARGV, '--currency', 'CHF', '--series', `USD_CHF=${id}`];

    const people = await call(backtestCommand, argv);
    const report = JSON.parse((await call(backtestCommand, [...argv, '--json'])).out);

    expect(people.out).toContain(`USD_CHF ${id}`);
    expect(people.out).toContain('CHF');
    expect(report).toMatchObject({
      spec: { currency: 'CHF', to: '2024-01-03T00:49:59.001Z' },
      series: { USD_CHF: id, EUR_USD: expect.any(String) },
    });
  });

  it('trades gold in tenths of an ounce, and says which parts of it there are', async () => {
    const gold = {
      instrument: 'XAU_USD',
      from: START,
      until: START + 4 * 3_600_000,
      everyMs: 10_000,
      seed: 5,
    };
    const file = await priceFile('gold.csv', quotesAsCsv(gold));
    await call(importPrices, [file, '--instrument', 'XAU_USD']);
    const run = (units: number) => {
      const parameters = JSON.stringify({ granularity: 'M1', fast: 3, slow: 8, units });
      const argv = ['--strategy', 'ema_cross', '--instrument', 'XAU_USD', '--parameters', parameters];
      return call(backtestCommand, [...argv, '--json']);
    };

    const units = JSON.parse((await run(0.3)).out).trades.map((trade: { units: number }) => trade.units);
    const refused = await run(0.35);

    expect(units.length).toBeGreaterThan(0);
    expect(new Set(units)).toEqual(new Set([0.3]));
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('at least 0.1, in steps of 0.1') });
  });

  it('prints no report of a strategy that threw, but when and where it did', async () => {
    const create = vi.spyOn(EMA_CROSS, 'create').mockImplementation(() => new ThrowingStrategy());
    try {
      const { code, out, err } = await call(backtestCommand, ARGV);

      expect(code).toBe(1);
      expect(out).toBe('');
      expect(err).toMatch(
        /^ema_cross failed at 2024-01-03T00:0\d:\d\d\.\d{3}Z, market time; there is no report\.\n/,
      );
      expect(err).toMatch(
        /TypeError: no such thing\n +at ThrowingStrategy\.onCandle \(.*commands\.test\.ts(\?\S+)?:\d+/,
      );
    } finally {
      create.mockRestore();
    }
  });

  it('prints a report for people, with its conventions and a drawing', async () => {
    const { code, out } = await call(backtestCommand, ARGV);

    expect(code).toBe(0);
    expect(out).toContain('ema_cross on EUR_USD, 2024-01-03 00:00 UTC to 2024-01-03 01:06 UTC');
    expect(out).toContain('252 days a year');
    expect(out).toMatch(/= Net profit +-?\d/);
    expect(out).toMatch(/┤[\u2800-\u28ff]{64}\n/);
  });

  it('fills orders against the depth that is stated', async () => {
    const depth = '{"EUR_USD": [{"units": 1, "pipsWorse": "0"}]}';

    const { code, out } = await call(backtestCommand, [...ARGV, '--json', '--depth', depth]);
    const wrong = await call(backtestCommand, [...ARGV, '--depth', '{"EUR_USD": [1]}']);
    const unknown = await call(backtestCommand, [...ARGV, '--depth', depth.replace('USD', 'XYZ')]);

    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report.trades).toEqual([]);
    expect(Object.keys(report.cancellations)).toEqual(['no-liquidity']);
    expect([wrong.code, unknown.code]).not.toContain(0);
    expect(wrong.err).toContain('--depth needs buckets by instrument');
    expect(unknown.err).toContain('costs/depth/EUR_XYZ');
  });

  it('prints the same bytes for machines at each run, with costs that add up', async () => {
    const argv = [...ARGV, '--json', '--from', '2024-01-03T00:10:00Z', '--balance', '2500'];

    const [first, second] = [await call(backtestCommand, argv), await call(backtestCommand, argv)];

    expect(second).toEqual(first);
    const report = JSON.parse(first.out);
    expect(report.spec).toMatchObject({
      initialBalance: '2500.0000',
      from: '2024-01-03T00:10:00.000Z',
      currency: 'USD',
      costs: { slippagePips: '0.0', financing: true },
      limits: { maxSpreadPips: null },
    });
    expect(report.series).toEqual({ EUR_USD: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(Number(report.finalBalance) + Number(report.openResult)).toBeCloseTo(
      Number(report.finalEquity),
      4,
    );
    expect(report.deniedOrders).toBe(0);
    const { gross, net, ...lines } = report.costs;
    const paid = Object.values<string>(lines).reduce((sum, line) => sum + Number(line), 0);
    expect(Number(gross) - paid).toBeCloseTo(Number(net), 8);
    expect(report.equityCurve.at(-1)).toEqual([report.endsAt, report.finalEquity]);
  });
});

describe.skipIf(!existsSync(REAL_PRICES))(
  'real prices beside the project (skipped where they are not)',
  () => {
    it('are imported, with their real dirt found, and backtested to the same bytes twice', async () => {
      const candles = join(REAL_PRICES, 'GBP_USD-M1-2012-02.csv.gz');

      const refused = await call(importPrices, [candles, '--instrument', 'GBP_USD']);
      const imported = await call(importPrices, [candles, '--instrument', 'GBP_USD', '--skip-bad']);
      const argv = ['--strategy', 'ema_cross', '--instrument', 'GBP_USD', '--json'];
      const [first, second] = [await call(backtestCommand, argv), await call(backtestCommand, argv)];

      expect(refused.err).toContain('1203 of 30117 rows are bad: 1203 bid-above-ask');
      expect(imported.out).toContain('Imported 28,914 M1 candles of GBP_USD');
      expect(JSON.parse(first.out).quotes).toBe(4 * 28_914);
      expect(second.out).toBe(first.out);
    });

    it('hold a fortnight of quotes that go through whole', async () => {
      const quotes = join(REAL_PRICES, 'EUR_USD-ticks-2014-05.csv.gz');

      const imported = await call(importPrices, [quotes, '--instrument', 'EUR_JPY']);
      const renamed = await call(importPrices, [quotes, '--instrument', 'EUR_GBP']);
      const argv = [
        '--strategy',
        'ema_cross',
        '--instrument',
        'EUR_GBP',
        '--json',
        '--parameters',
        '{"atrStop":2}',
      ];
      const { out } = await call(backtestCommand, argv);

      // Yen prices have three decimal places: five of them are no price of a yen pair.
      expect(imported.code).not.toBe(0);
      expect(renamed.out).toContain('Imported 532,903 quotes');
      expect(JSON.parse(out).quotes).toBe(532_903);
    });
  },
);
