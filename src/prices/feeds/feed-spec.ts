/** What PAPER_FEED says: which prices paper accounts get, and how fast. */

import { basename } from 'node:path';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { parseUtcTime } from '../import/csv-fields.ts';

/** The synthetic market: `startAt` (UTC ms) is the wall clock's time when absent; a step every `intervalMs` of the wall clock. */
export interface SyntheticFeedSpec {
  readonly type: 'synthetic';
  readonly seed: number;
  readonly speed: number;
  readonly startAt?: number | undefined;
  readonly intervalMs: number;
}

/** Recorded quotes of one instrument, so many times faster than they came, or in lock-step with what they cause. */
export interface ReplayFeedSpec {
  readonly type: 'replay';
  readonly file: string;
  readonly instrument: string;
  readonly speed: number | 'max';
}

export type FeedSpec = SyntheticFeedSpec | ReplayFeedSpec;

const FASTEST = 100_000; // a day in less than a second; beyond it every step would leave candles out
const SLOWEST = 0.1;
const LARGEST_SEED = 4_294_967_295;
const INTERVAL_MS = { least: 10, most: 1_000, usual: 250 } as const; // a second is what listeners may expect between two clock events

const EXAMPLES =
  '"synthetic?seed=1&speed=1&start=2026-01-05T00:00:00Z&interval=250" or "replay:EUR_USD-quotes.csv.gz?speed=60" (speed=max: as fast as possible)';

/** Returns what the text of PAPER_FEED asks for; throws StartFailure 'configuration-invalid' that says what is wrong and how to write it. */
export function parseFeedSpec(text: string): FeedSpec {
  const queryStart = text.indexOf('?');
  const source = queryStart < 0 ? text : text.slice(0, queryStart);
  const options = readOptions(queryStart < 0 ? '' : text.slice(queryStart + 1));
  if (source === 'synthetic') return parseSynthetic(options);
  if (source.startsWith('replay:')) return parseReplay(source.slice('replay:'.length), options);
  throw invalidFeed(`it must start with "synthetic" or "replay:", was "${source}"`);
}

/** Returns the error that says what is wrong with PAPER_FEED. */
export function invalidFeed(found: string, cause?: unknown): StartFailure {
  const detail = `PAPER_FEED is not valid: ${found}. Write ${EXAMPLES}.`;
  return new StartFailure(
    'configuration-invalid',
    detail,
    { errors: [{ pointer: 'PAPER_FEED', detail: found }] },
    { cause },
  );
}

type Options = ReadonlyMap<string, string>;

function readOptions(query: string): Options {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (options.has(name)) throw invalidFeed(`"${name}" is given twice`);
    options.set(name, value);
  }
  return options;
}

function parseSynthetic(options: Options): SyntheticFeedSpec {
  refuseUnknown(options, ['seed', 'speed', 'start', 'interval']);
  const seed = readNumber(options, 'seed', { least: 0, most: LARGEST_SEED }) ?? 1;
  const intervalMs = readNumber(options, 'interval', INTERVAL_MS) ?? INTERVAL_MS.usual;
  for (const [name, value] of Object.entries({ seed, interval: intervalMs })) {
    if (!Number.isInteger(value)) throw invalidFeed(`"${name}" must be a whole number, was ${value}`);
  }
  return { type: 'synthetic', seed, speed: readSpeed(options), startAt: readStart(options), intervalMs };
}

function parseReplay(file: string, options: Options): ReplayFeedSpec {
  refuseUnknown(options, ['speed', 'instrument']);
  if (file === '') throw invalidFeed('the file is missing after "replay:"');
  const speed = options.get('speed') === 'max' ? 'max' : readSpeed(options);
  return { type: 'replay', file, instrument: readInstrument(options, file), speed };
}

function refuseUnknown(options: Options, known: readonly string[]): void {
  for (const name of options.keys()) {
    if (!known.includes(name)) throw invalidFeed(`"${name}" is unknown; known are ${known.join(', ')}`);
  }
}

function readSpeed(options: Options): number {
  return readNumber(options, 'speed', { least: SLOWEST, most: FASTEST }) ?? 1;
}

function readNumber(
  options: Options,
  name: string,
  bounds: { readonly least: number; readonly most: number },
): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw invalidFeed(`"${name}" must be a number from ${bounds.least} to ${bounds.most}, was "${text}"`);
}

function readStart(options: Options): number | undefined {
  const text = options.get('start');
  if (text === undefined) return undefined;
  const at = parseUtcTime(text);
  if (at === undefined)
    throw invalidFeed(`"start" must be a UTC time such as 2026-01-05T00:00:00Z, was "${text}"`);
  return at;
}

/** The instrument that is named, or else the one that the file's name starts with. */
function readInstrument(options: Options, file: string): string {
  const name = options.get('instrument') ?? basename(file).slice(0, 'EUR_USD'.length);
  if (PAPER_INSTRUMENTS.find(name) !== undefined) return name;
  const found = options.has('instrument')
    ? `"${name}" is no instrument`
    : `the name of ${file} does not start with an instrument`;
  throw invalidFeed(`${found}; add instrument=EUR_USD or another name of GET /api/v1/instruments`);
}
