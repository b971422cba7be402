// The strategy type of docs/writing-a-strategy.md runs as it stands there, and keeps the promises of every type.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Candle } from '../../src/core/domain/candle.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { checkStrategyParameters } from '../../src/core/strategies/registry.ts';
import { FLAT_VIEW } from '../../src/core/strategies/testing/flat-view.ts';
import type { Intent, Strategy, StrategyType } from '../../src/core/strategies/strategy.ts';
import type { Json } from '../../src/core/shared/json.ts';

const project = new URL('../../', import.meta.url);

let folder: string;
let type: StrategyType;

beforeAll(async () => {
  const page = await readFile(new URL('docs/writing-a-strategy.md', project), 'utf8');
  const code = /```ts\n(?<code>[^`]*`rising_closes`[^]*?)```/.exec(page)?.groups?.['code'] ?? '';
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-example-'));
  const file = join(folder, 'rising-closes.ts');
  // Where it lies its imports lead nowhere, so they are made whole.
  const strategies = new URL('src/core/strategies/', project).href;
  const whole = code
    .replaceAll("from 'typebox'", `from '${import.meta.resolve('typebox')}'`)
    .replaceAll(/from '(\.[^']+)'/g, (_, path: string) => `from '${new URL(path, strategies).href}'`);
  await writeFile(file, whole);
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    RISING_CLOSES: StrategyType;
  };
  type = module.RISING_CLOSES;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function create(input: Readonly<Record<string, Json>>): Strategy {
  const checked = checkStrategyParameters(type, input);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  return type.create(checked.parameters, PAPER_INSTRUMENTS.named('EUR_USD'));
}

/** A candle whose bid closes at `close` points, with a spread of 10. */
function candle(close: number): Candle {
  const bid = { bidOpen: close, bidHigh: close, bidLow: close, bidClose: close };
  const ask = { askOpen: close + 10, askHigh: close + 10, askLow: close + 10, askClose: close + 10 };
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt: 0,
    endsAt: 900_000,
    ...bid,
    ...ask,
    quotes: 1,
  };
}

const feed = (strategy: Strategy, closes: readonly number[]): readonly (readonly Intent[])[] =>
  closes.map((close) => strategy.onCandle(candle(close), FLAT_VIEW));

it('The lines for the registry are as the formatter wants them, and import what they name', async () => {
  const page = await readFile(new URL('docs/writing-a-strategy.md', project), 'utf8');
  const [line = ''] = /^import \{ RISING_CLOSES \}.*$/m.exec(page) ?? [];
  const [list = ''] = /^export const STRATEGY_TYPES[^;]*;$/m.exec(page) ?? [];
  const registry = await readFile(new URL('src/core/strategies/registry.ts', project), 'utf8');
  const edited = registry
    .replace(/^(import \{ RSI_REVERSION \}.*)$/m, `$1\n${line}`)
    .replace(/^export const STRATEGY_TYPES[^;]*;$/m, list);
  const file = join(folder, 'registry.ts');
  await writeFile(file, edited);

  const formatter = fileURLToPath(new URL('node_modules/.bin/oxfmt', project));
  const settings = fileURLToPath(new URL('.oxfmtrc.json', project));
  await promisify(execFile)(formatter, ['--config', settings, file]);

  expect(await readFile(file, 'utf8')).toBe(edited);
  expect(edited).toContain(line);
  expect(line).not.toBe('');
});

describe('The example of docs/writing-a-strategy.md', () => {
  it('goes long at the close that completes the row, and not again after it', () => {
    const open = { type: 'open', side: 'long', size: { units: 1000 }, orderType: 'market' };
    const strategy = create({ closes: 2, atrStop: 0 });

    expect(feed(strategy, [100, 105, 104, 105, 106, 107])).toEqual([[], [], [], [], [open], []]);
  });

  it('decides the same after a restart', () => {
    const before = create({ atrStop: 0 });
    feed(before, [100, 101, 102]);
    const after = create({ atrStop: 0 });
    after.restore(JSON.parse(JSON.stringify(before.save())) as Json);

    const [answer] = feed(after, [103]);

    expect(answer).toHaveLength(1);
    expect([answer]).toEqual(feed(before, [103]));
  });

  it('refuses a state of another granularity', () => {
    expect(() => create({ granularity: 'H1' }).restore(create({}).save())).toThrow('a saved state');
  });
});
