/** PAPER_FEED: what it may contain, and the message when it contains something else. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { parseFeedSpec } from './feed-spec.ts';
import { openPriceFeed } from './open-price-feed.ts';
import { SYSTEM_CLOCK } from './price-feed.ts';

describe('A feed', () => {
  it.each([
    { text: '', found: 'it must start with "synthetic" or "replay:", was ""' },
    { text: 'oanda', found: 'was "oanda"' },
    { text: 'synthetic:file', found: 'was "synthetic:file"' },
    { text: 'synthetic?sed=1', found: '"sed" is unknown; known are seed, speed, start, interval' },
    { text: 'synthetic?seed=1&seed=2', found: '"seed" is given twice' },
    { text: 'synthetic?seed=-1', found: '"seed" must be a number from 0 to 4294967295, was "-1"' },
    { text: 'synthetic?seed=1.5', found: '"seed" must be a whole number, was 1.5' },
    { text: 'synthetic?seed=', found: '"seed" must be a number' },
    { text: 'synthetic?speed=0', found: '"speed" must be a number from 0.1 to 100000, was "0"' },
    { text: 'synthetic?speed=max', found: '"speed" must be a number' },
    { text: 'synthetic?speed=1e3', found: '"speed" must be a number' },
    { text: 'synthetic?interval=5', found: '"interval" must be a number from 10 to 1000, was "5"' },
    { text: 'synthetic?interval=5000', found: '"interval" must be a number from 10 to 1000, was "5000"' },
    { text: 'synthetic?start=yesterday', found: '"start" must be a UTC time such as 2026-01-05T00:00:00Z' },
    { text: 'synthetic?start=2026-02-30T00:00:00Z', found: '"start" must be a UTC time' },
    { text: 'synthetic?start=2026-01-05T00:00:00Zulu', found: '"start" must be a UTC time' },
    { text: 'replay:', found: 'the file is missing after "replay:"' },
    { text: 'replay:a/EUR_USD.csv?seed=1', found: '"seed" is unknown; known are speed, instrument' },
    {
      text: 'replay:a/EUR_USD.csv?speed=fast',
      found: '"speed" must be a number from 0.1 to 100000, was "fast"',
    },
    {
      text: 'replay:EUR_USD/ticks.csv',
      found: 'the name of EUR_USD/ticks.csv does not start with an instrument',
    },
    { text: 'replay:EUR_XXX.csv', found: 'does not start with an instrument; add instrument=EUR_USD' },
    { text: 'replay:a.csv?instrument=eur_usd', found: '"eur_usd" is no instrument' },
  ])('is not "$text"', ({ text, found }) => {
    expect(() => parseFeedSpec(text)).toThrow(StartFailure);
    expect(() => parseFeedSpec(text)).toThrow(/^PAPER_FEED is not valid: .* Write "synthetic\?seed=1/);
    expect(() => parseFeedSpec(text)).toThrow(found);
  });

  it.each([
    {
      text: 'synthetic',
      spec: { type: 'synthetic', seed: 1, speed: 1, startAt: undefined, intervalMs: 250 },
    },
    {
      text: 'synthetic?seed=42&speed=60.5&start=2026-01-05T00:00:00Z&interval=1000',
      spec: { type: 'synthetic', seed: 42, speed: 60.5, startAt: Date.UTC(2026, 0, 5), intervalMs: 1000 },
    },
    {
      text: 'replay:EUR_USD-quotes.csv.gz',
      spec: { type: 'replay', file: 'EUR_USD-quotes.csv.gz', instrument: 'EUR_USD', speed: 1 },
    },
    {
      text: 'replay:/data/USD_JPY.csv?speed=60',
      spec: { type: 'replay', file: '/data/USD_JPY.csv', instrument: 'USD_JPY', speed: 60 },
    },
    {
      text: 'replay:my quotes.csv?instrument=GBP_JPY&speed=max',
      spec: { type: 'replay', file: 'my quotes.csv', instrument: 'GBP_JPY', speed: 'max' },
    },
  ])('may be "$text"', ({ text, spec }) => {
    expect(parseFeedSpec(text)).toEqual(spec);
  });
});

describe('A replay', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it.each([
    { name: 'is missing', content: undefined, found: /the file cannot be read: ENOENT/ },
    { name: 'is empty', content: '', found: /EUR_USD\.csv: The file is empty/ },
    { name: 'has bad rows', content: 'time,bid,ask\nbad\n', found: /1 of 1 rows are bad: 1 unparsable/ },
    {
      name: 'holds candles',
      content:
        'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close\n2014-05-01T00:00:00Z,1,1,1,1,1,1,1,1\n',
      found: /holds candles, only quotes can be replayed/,
    },
  ])('is refused before it starts when its file $name', async ({ content, found }) => {
    const file = join(folder, 'EUR_USD.csv');
    if (content !== undefined) await writeFile(file, content);

    const opening = openPriceFeed(parseFeedSpec(`replay:${file}`), SYSTEM_CLOCK);

    await expect(opening).rejects.toThrow(found);
    await expect(opening).rejects.toMatchObject({
      type: 'configuration-invalid',
      facts: { errors: [{ pointer: 'PAPER_FEED' }] },
    });
  });

  it.each([
    { speed: '60', isLockStep: false },
    { speed: 'max', isLockStep: true },
  ])('of a gzipped file at speed $speed is opened', async ({ speed, isLockStep }) => {
    const file = join(folder, 'USD_JPY-2014.csv.gz');
    await writeFile(file, gzipSync('time,bid,ask\n2014-05-01T00:00:00Z,102.1,102.112\n'));

    const feed = await openPriceFeed(parseFeedSpec(`replay:${file}?speed=${speed}`), SYSTEM_CLOCK);

    expect(feed).toMatchObject({ isLockStep, instruments: ['USD_JPY'] });
    expect(feed.marketTime()).toBe(Date.UTC(2014, 4, 1));
  });

  it('of no file is the synthetic market', async () => {
    const feed = await openPriceFeed(parseFeedSpec('synthetic?start=2026-01-05T00:00:00Z'), SYSTEM_CLOCK);

    expect(feed.marketTime()).toBe(Date.UTC(2026, 0, 5));
    expect(feed.instruments).toContain('GBP_NZD');
  });
});
