/** Price files, good and bad: what is read, what is refused, and with which message. */

import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { PriceColumns } from '../series/price-columns.ts';
import { PriceCsvReader } from './price-csv-reader.ts';
import type { PriceCsvReport } from './price-csv-reader.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
const USD_JPY = PAPER_INSTRUMENTS.named('USD_JPY');
const CANDLE_HEADER = 'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close';

type Content = string | Uint8Array;
type Options = Partial<ConstructorParameters<typeof PriceCsvReader>[1]>;

async function* inChunksOf(content: Content, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

interface Reading {
  readonly rows: readonly (readonly number[])[];
  readonly report: PriceCsvReport;
}

function rowsOf(columns: PriceColumns): readonly number[][] {
  const lists = Object.values(columns).filter((column) => typeof column !== 'string');
  return Array.from(columns.times, (_, row) => lists.map((list) => Number(list[row])));
}

async function read(content: Content, options: Options = {}, chunkSize = 65_536): Promise<Reading> {
  const reader = new PriceCsvReader(inChunksOf(content, chunkSize), { instrument: EUR_USD, ...options });
  const rows: number[][] = [];
  for await (const columns of reader) rows.push(...rowsOf(columns));
  return { rows, report: reader.report };
}

async function refusalOf(content: Content, options: Options = {}, chunkSize?: number): Promise<Problem> {
  const error = await read(content, options, chunkSize).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error(`a refusal was expected, was ${String(error)}`);
  expect(error.type).toBe('price-data-invalid');
  return error;
}

const quoteFile = (...rows: readonly string[]): string => ['time,bid,ask', ...rows, ''].join('\n');
const candleFile = (...rows: readonly string[]): string => [CANDLE_HEADER, ...rows, ''].join('\n');
const DAY = Date.UTC(2014, 4, 1);

describe('A file that is no price file', () => {
  const anyHeader = /starts with "time,bid,ask" or "time,bid_open,bid_high/;
  it.each([
    { name: 'an empty file', content: '', message: /^The file is empty/ },
    { name: 'an empty gzip file', content: gzipSync(''), message: /^The file is empty/ },
    { name: 'a header only', content: 'time,bid,ask\n', message: /has a header but no rows/ },
    { name: 'a header without its newline', content: 'time,bid,ask', message: /has a header but no rows/ },
    { name: 'rows without a header', content: '2014-05-01T00:00:00Z,1.1,1.2\n', message: anyHeader },
    {
      name: 'an unknown header',
      content: 'time,open,high\n',
      message: /was "time,open,high"; .* starts with/,
    },
    { name: 'a column too many', content: 'time,bid,ask,volume\n', message: anyHeader },
    { name: 'a column twice', content: 'time,bid,bid\n', message: anyHeader },
    { name: 'binary data', content: Uint8Array.from([0, 1, 2, 3, 200, 10, 7]), message: /binary data/ },
    { name: 'a file in UTF-16', content: Buffer.from('time,bid,ask\n', 'utf16le'), message: /binary data/ },
    { name: 'a zip file', content: Buffer.from('PK\u0003\u0004\u0000\u0000'), message: /binary data/ },
    { name: 'a header without end', content: 'x'.repeat(100_000), message: /longer than 1024 bytes/ },
    { name: 'an overlong row', content: quoteFile('9'.repeat(2000)), message: /longer than 1024 bytes/ },
    {
      name: 'an overlong row that would parse',
      content: quoteFile(`2014-05-01T00:00:00Z,${'0'.repeat(2000)}1.1,1.2`),
      message: /longer than 1024 bytes/,
    },
    { name: 'the magic number of gzip alone', content: Uint8Array.from([0x1f, 0x8b]), message: /breaks off/ },
    {
      name: 'damaged gzip',
      content: Uint8Array.from([0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
      message: /damaged/,
    },
  ])('is refused with its reason: $name', async ({ content, message }) => {
    for (const chunkSize of [1, 700, 65_536]) {
      expect((await refusalOf(content, {}, chunkSize)).message).toMatch(message);
    }
  });

  it('names the line of an overlong row, wherever chunks end', async () => {
    const content = quoteFile('2014-05-01T00:00:00Z,1.1,1.2', '9'.repeat(2000));

    for (const chunkSize of [7, 1500, 65_536]) {
      expect((await refusalOf(content, {}, chunkSize)).facts.errors?.[0]?.pointer).toBe('line 3');
    }
  });

  it('is refused when its gzip data breaks off', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => `2014-05-01T00:00:00.${100 + n}Z,1.3${n},1.4${n}`);
    const whole = gzipSync(quoteFile(...rows));

    const error = await refusalOf(whole.subarray(0, whole.length - 20));

    expect(error.message).toBe('The gzip data breaks off in the middle; send the whole file again.');
  });

  it('is refused when it unpacks to more than the limit', async () => {
    const bomb = gzipSync(`time,bid,ask\n${'\n'.repeat(5_000_000)}`);

    const error = await refusalOf(bomb, { largestBytes: 1_000_000 });

    expect(bomb.length).toBeLessThan(10_000);
    expect(error.message).toContain('more than 1000000 bytes');
  });

  it('is refused when it is a small gzip file of very many rows that are all the same', async () => {
    const row = '2014-05-01T00:00:00.100Z,1.38000,1.38010\n';
    const bomb = gzipSync(`time,bid,ask\n${row.repeat(500_000)}`);

    const error = await refusalOf(bomb);

    expect(error.message).toContain('more than 50 times its size');
  });

  it('passes on the error of its source', async () => {
    async function* broken(): AsyncGenerator<Uint8Array, void, undefined> {
      yield gzipSync(quoteFile()).subarray(0, 12);
      await Promise.reject(new Error('the upload was broken off'));
    }
    const reader = new PriceCsvReader(broken(), { instrument: EUR_USD });

    await expect(Array.fromAsync(reader)).rejects.toThrow('the upload was broken off');
  });
});

describe('A bad row', () => {
  const good = '2014-05-01T00:00:01Z,1.1,1.2';
  const unparsableQuotes = [
    'nonsense',
    '2014-05-01T00:00:01Z,1.1',
    '2014-05-01T00:00:01Z,1.1,1.2,1.3',
    '2014-05-01T00:00:01Z,1.1,1.2,',
    '2014-05-01T00:00:01Z;1.1;1.2',
    '2014-05-01T00:00:01Z, 1.1,1.2',
    '"2014-05-01T00:00:01Z",1.1,1.2',
    '2014-05-01T00:00:01Z,,1.2',
    '2014-05-01T00:00:01Z,-1.1,1.2',
    '2014-05-01T00:00:01Z,+1.1,1.2',
    '2014-05-01T00:00:01Z,0,1.2',
    '2014-05-01T00:00:01Z,0.00000,1.2',
    '2014-05-01T00:00:01Z,.1,1.2',
    '2014-05-01T00:00:01Z,1.,1.2',
    '2014-05-01T00:00:01Z,1.1.1,1.2',
    '2014-05-01T00:00:01Z,1e0,1.2',
    '2014-05-01T00:00:01Z,1.100001,1.2',
    '2014-05-01T00:00:01Z,1.1,99999.99999',
    `2014-05-01T00:00:01Z,1.1,${'9'.repeat(400)}`,
    '2014-05-01 00:00:01Z,1.1,1.2',
    '2014-05-01T00:00:01,1.1,1.2',
    '2014-05-01T00:00:01+01:00,1.1,1.2',
    '2014-05-01T00:00:01-00:00,1.1,1.2',
    '2014-05-01T00:00:01.Z,1.1,1.2',
    '2014-05-01T00:00:01.1234567890Z,1.1,1.2',
    '2014-05-01T24:00:00Z,1.1,1.2',
    '2014-05-01T00:60:00Z,1.1,1.2',
    '2014-05-01T00:00:60Z,1.1,1.2',
    '2014-02-29T00:00:00Z,1.1,1.2',
    '2014-04-31T00:00:00Z,1.1,1.2',
    '2014-13-01T00:00:00Z,1.1,1.2',
    '2014-00-01T00:00:00Z,1.1,1.2',
    '2014-05-00T00:00:00Z,1.1,1.2',
    '1969-05-01T00:00:00Z,1.1,1.2',
    '1398902401000,1.1,1.2',
    '2014-05-01T',
    '2014-05-01T00:00:0',
    'é2014-05-01T00:00:01Z,1.1,1.2',
    'null,null,null',
  ];

  it.each(unparsableQuotes)('is unparsable: %s', async (row) => {
    const { rows, report } = await read(quoteFile(good, row, good), { skipBad: true });

    expect(rows).toHaveLength(2);
    expect(report.badKinds).toEqual([{ kind: 'unparsable', count: 1, firstLine: 3 }]);
  });

  it.each([
    { kind: 'unparsable', candle: '2014-05-01T00:00Z,1,1,1,1,1,1,1,1' },
    { kind: 'unparsable', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1' },
    { kind: 'out-of-order', candle: '2014-05-01T00:00:59Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'repeated-time', candle: '2014-05-01T00:01:00Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.1,1.0,1.3,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.31,1.3,1.0,1.2,1.32,1.4,1.1,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,0.99,1.3,1.0,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,1.31,1.2,1.4,1.1,1.35' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,0.99,1.2,1.4,1.1,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,1.2,1.2,1.0,1.4,1.3' },
    { kind: 'high-below-low', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1,1.41' },
    { kind: 'bid-above-ask', candle: '2014-05-01T00:02:00Z,1.25,1.3,1.0,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'bid-above-ask', candle: '2014-05-01T00:02:00Z,1.1,1.41,1.0,1.2,1.2,1.4,1.1,1.3' },
    { kind: 'bid-above-ask', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.05,1.2,1.2,1.4,1.04,1.3' },
    { kind: 'bid-above-ask', candle: '2014-05-01T00:02:00Z,1.1,1.3,1.0,1.3,1.2,1.4,1.1,1.29' },
  ])('of candles is $kind: $candle', async ({ kind, candle }) => {
    const before = '2014-05-01T00:01:00Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1,1.3';
    const after = '2014-05-01T00:03:00Z,1.1,1.3,1.0,1.2,1.2,1.4,1.1,1.3';

    const { rows, report } = await read(candleFile(before, candle, after), { skipBad: true });

    expect(rows.map(([at]) => at)).toEqual([DAY + 60_000, DAY + 180_000]);
    expect(report.badKinds).toEqual([{ kind, count: 1, firstLine: 3 }]);
  });

  const dirty = quoteFile(
    '2014-05-01T00:00:01Z,1.10000,1.10010',
    'garbage',
    '2014-05-01T00:00:03Z,1.10020,1.10019',
    '2014-05-01T00:00:02Z,1.10000,1.10010',
    '2014-05-01T00:00:01.999Z,1.10000,1.10010',
    'garbage',
    'garbage',
    '2014-05-01T00:00:02Z,1.10001,1.10001',
  );
  const counts = [
    { kind: 'unparsable', count: 3, firstLine: 3 },
    { kind: 'bid-above-ask', count: 1, firstLine: 4 },
    { kind: 'out-of-order', count: 1, firstLine: 6 },
  ];

  it('makes the whole file refused, with the count and the first line of each kind', async () => {
    const error = await refusalOf(dirty);

    expect(error.message).toBe(
      '5 of 8 rows are bad: 3 unparsable (first at line 3), 1 bid-above-ask (first at line 4), 1 out-of-order (first at line 6).',
    );
    expect(error.facts.kinds).toEqual(counts);
    expect(error.facts.errors).toEqual([
      {
        pointer: 'line 3',
        detail: expect.stringMatching(/: "[^"]+" \(unparsable, 3 rows, this is the first\)$/),
      },
      { pointer: 'line 4', detail: expect.stringContaining('(bid-above-ask, 1 row, this is the first)') },
      { pointer: 'line 6', detail: expect.stringContaining('earlier than that of the last good row') },
    ]);
  });

  it.each([false, true])(
    'is not looked for any more when 10,000 were found and the file is refused anyway',
    async (skipBad) => {
      const pieces = { read: 0 };
      async function* badPieces(): AsyncGenerator<Uint8Array, void, undefined> {
        yield Buffer.from('time,bid,ask\n');
        for (; pieces.read < 100; pieces.read += 1) yield Buffer.from('bad\n'.repeat(1_000));
      }

      const reading = Array.fromAsync(new PriceCsvReader(badPieces(), { instrument: EUR_USD, skipBad }));

      await expect(reading).rejects.toThrow('10000 of the first 10000 rows are bad');
      expect(pieces.read).toBeLessThan(12);
    },
  );

  it('is left out and reported when bad rows are skipped; the rest is in order', async () => {
    const { rows, report } = await read(dirty, { skipBad: true });

    expect(rows).toEqual([
      [DAY + 1000, 110_000, 110_010],
      [DAY + 2000, 110_000, 110_010],
      [DAY + 2000, 110_001, 110_001],
    ]);
    expect(report).toEqual({ kind: 'quotes', goodRows: 3, badRows: 5, badKinds: counts });
  });

  it('makes the file refused even when bad rows are skipped, if no good row is left', async () => {
    const error = await refusalOf(quoteFile('garbage', 'garbage'), { skipBad: true });

    expect(error.message).toBe('2 of 2 rows are bad: 2 unparsable (first at line 2).');
  });

  it('is counted to the end of a long file, while nothing more is delivered', async () => {
    const rows = Array.from({ length: 25_000 }, (_, n) => (n === 12_000 || n === 24_999 ? 'bad' : good));
    const reader = new PriceCsvReader(inChunksOf(quoteFile(...rows), 4096), { instrument: EUR_USD });
    let delivered = 0;
    const reading = (async () => {
      for await (const columns of reader) delivered += columns.times.length;
    })();

    await expect(reading).rejects.toMatchObject({
      facts: { kinds: [{ kind: 'unparsable', count: 2, firstLine: 12_002 }] },
    });

    expect(delivered).toBe(10_000);
  });
});

describe('A price file', () => {
  it('of quotes is read into times and whole points', async () => {
    const content = quoteFile(
      '2014-05-01T00:00:00.292Z,1.38676,1.38686',
      '2014-05-01T00:00:00.920999999Z,1.3,2',
      '2014-05-01T00:00:01+00:00,01.10000000,1.1000100',
      '2014-05-01T00:00:01.5Z,0.00001,21474.83647',
      '2016-02-29T23:59:59.05Z,1.1,1.1',
    );

    const { rows, report } = await read(content);

    expect(rows).toEqual([
      [DAY + 292, 138_676, 138_686],
      [DAY + 920, 130_000, 200_000],
      [DAY + 1000, 110_000, 110_001],
      [DAY + 1500, 1, 2_147_483_647],
      [Date.UTC(2016, 1, 29, 23, 59, 59, 50), 110_000, 110_000],
    ]);
    expect(report).toEqual({ kind: 'quotes', goodRows: 5, badRows: 0, badKinds: [] });
  });

  it('is read with the precision of its instrument', async () => {
    const content = quoteFile('2014-05-01T00:00:00Z,102.1,102.123', '2014-05-01T00:00:00Z,102.12300,103');

    const { rows } = await read(content, { instrument: USD_JPY });

    expect(rows.map(([, bid, ask]) => [bid, ask])).toEqual([
      [102_100, 102_123],
      [102_123, 103_000],
    ]);
  });

  it('of candles is read in any order of columns', async () => {
    const content =
      'ask_close,ask_low,ask_high,ask_open,time,bid_close,bid_low,bid_high,bid_open\n' +
      '1.3,1.1,1.4,1.2,2014-05-01T00:00:00Z,1.2,1.0,1.3,1.1\n';

    const { rows, report } = await read(content);

    expect(rows).toEqual([[DAY, 110_000, 130_000, 100_000, 120_000, 120_000, 140_000, 110_000, 130_000]]);
    expect(report.kind).toBe('candles');
  });

  it('keeps quotes of the same millisecond, in file order', async () => {
    const { rows } = await read(quoteFile('2014-05-01T00:00:00Z,1.2,1.3', '2014-05-01T00:00:00Z,1.1,1.2'));

    expect(rows.map(([, bid]) => bid)).toEqual([120_000, 110_000]);
  });

  it.each([
    { name: 'lines that end as on Windows', content: 'time,bid,ask\r\n2014-05-01T00:00:00Z,1.1,1.2\r\n' },
    { name: 'a byte order mark', content: '\ufefftime,bid,ask\n2014-05-01T00:00:00Z,1.1,1.2\n' },
    { name: 'no newline at the end', content: 'time,bid,ask\n2014-05-01T00:00:00Z,1.1,1.2' },
    { name: 'empty lines', content: 'time,bid,ask\n\n2014-05-01T00:00:00Z,1.1,1.2\n\r\n\n' },
    { name: 'gzip', content: gzipSync('time,bid,ask\n2014-05-01T00:00:00Z,1.1,1.2\n') },
    {
      name: 'gzip in two members',
      content: Buffer.concat([gzipSync('time,bid,ask\n2014-05'), gzipSync('-01T00:00:00Z,1.1,1.2\n')]),
    },
  ])('may have $name', async ({ content }) => {
    for (const chunkSize of [1, 5, 65_536]) {
      expect((await read(content, {}, chunkSize)).rows).toEqual([[DAY, 110_000, 120_000]]);
    }
  });

  it('is read the same however its bytes are cut', async () => {
    const quote = fc.record({
      wait: fc.nat(5_000),
      bid: fc.integer({ min: 1, max: 999_999 }),
      spread: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(quote, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 60 }),
        async (quotes, size) => {
          let at = DAY;
          const expected = quotes.map(({ wait, bid, spread }) => [(at += wait), bid, bid + spread] as const);
          const lines = expected.map(([time, ...prices]) =>
            [new Date(time).toISOString(), ...prices.map((points) => (points / 100_000).toFixed(5))].join(),
          );

          const { rows } = await read(quoteFile(...lines), {}, size);

          expect(rows).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('comes in batches of at most 10,000 rows', async () => {
    const lines = Array.from({ length: 20_001 }, () => '2014-05-01T00:00:00Z,1.1,1.2');
    const reader = new PriceCsvReader(inChunksOf(quoteFile(...lines), 65_536), { instrument: EUR_USD });

    const sizes = (await Array.fromAsync(reader)).map((columns) => columns.times.length);

    expect(sizes).toEqual([10_000, 10_000, 1]);
  });
});
