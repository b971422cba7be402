/** `npm run bench [-- names…] [--json] [--profile]`: runs benchmarks and prints, for each, its value, its baseline and the ratio of the two. */

import { parseArgs } from 'node:util';
import { BACKTEST_CANDLES } from './backtest-candles.ts';
import { BACKTEST_QUOTES } from './backtest-quotes.ts';
import { BACKTEST_SKIP } from './backtest-skip.ts';
import { BOOT } from './boot.ts';
import { BOOT_IMAGE } from './boot-image.ts';
import { COMMANDS_COST } from './commands.ts';
import { HISTORY_LOAD } from './history-load.ts';
import { HTTP_HOT } from './http-hot.ts';
import { HTTP_LIST } from './http-list.ts';
import { IMPORT_CSV } from './import-csv.ts';
import { LOGIN_STORM } from './login-storm.ts';
import { ORDER_ACCEPT } from './order-accept.ts';
import { profile } from './profile.ts';
import { QUOTE_TO_ORDER } from './quote-to-order.ts';
import { SWEEP } from './sweep.ts';
import { WS_FANOUT } from './ws-fanout.ts';
import type { Benchmark, Measurement, Target } from './benchmark.ts';

const BENCHMARKS: readonly Benchmark[] = [
  BACKTEST_QUOTES,
  BACKTEST_CANDLES,
  BACKTEST_SKIP,
  SWEEP,
  HISTORY_LOAD,
  IMPORT_CSV,
  BOOT,
  BOOT_IMAGE,
  COMMANDS_COST,
  QUOTE_TO_ORDER,
  HTTP_HOT,
  HTTP_LIST,
  LOGIN_STORM,
  WS_FANOUT,
  ORDER_ACCEPT,
];

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(', ');
    throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${known}.`);
  }
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name));
}

/** The line for machines. */
function jsonLine({ name, unit, baseline, target }: Benchmark, measurement: Measurement): string {
  const ratio = measurement.value / measurement.baselineValue;
  return JSON.stringify({
    name,
    value: measurement.value,
    unit,
    baseline,
    baselineValue: measurement.baselineValue,
    ratio,
    target: targetText(target),
    holds: holds(target, measurement),
  });
}

function textLines(
  { name, unit, baseline, target }: Benchmark,
  { value, baselineValue, notes = [] }: Measurement,
): string {
  const ratio = value / baselineValue;
  const verdict = holds(target, { value, baselineValue }) ? 'holds' : 'MISSED';
  return [
    `${name.padEnd(18)} ${rounded(value)} ${unit} against ${rounded(baselineValue)} (${baseline})`,
    `${''.padEnd(18)} ratio ${ratio.toPrecision(3)}, wanted ${targetText(target)}: ${verdict}`,
    ...notes.map((note) => `${''.padEnd(18)} ${note}`),
  ].join('\n');
}

function targetText({ atLeast, atMost, atMostBeyond }: Target): string {
  if (atMostBeyond !== undefined) return `<= baseline + ${atMostBeyond}`;
  return atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
}

function holds(
  { atLeast = 0, atMost = Infinity, atMostBeyond = Infinity }: Target,
  { value, baselineValue }: Measurement,
): boolean {
  const ratio = value / baselineValue;
  return ratio >= atLeast && ratio <= atMost && value - baselineValue <= atMostBeyond;
}

function rounded(value: number): string {
  return value.toPrecision(4);
}

async function run(benchmarks: readonly Benchmark[], asJson: boolean): Promise<void> {
  for (const benchmark of benchmarks) {
    const measurement = await benchmark.measure();
    console.log(asJson ? jsonLine(benchmark, measurement) : textLines(benchmark, measurement));
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
  });
  const benchmarks = chosen(positionals);
  if (values.profile) {
    const names = benchmarks.map(({ name }) => name);
    process.exitCode = await profile([import.meta.filename, ...names, ...(values.json ? ['--json'] : [])]);
  } else await run(benchmarks, values.json);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
