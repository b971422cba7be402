/** Each block of code in the pages is run, or compared with what it shows, or named here with the reason why not. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { DepthBody } from '../../src/backtests/terms/depth-values.ts';
import { assert, present } from '../../src/core/shared/assert.ts';
import { ProblemSchema } from '../../src/http/problem-schema.ts';
import { OrderPreviewView } from '../../src/trading/orders/order-preview-view.ts';
import { addNotified } from '../notifications/arrivals.ts';
import { useOandaServer } from '../support/oanda-server.ts';
import { openReceiver } from '../support/receiver.ts';
import { addTrader } from '../support/trading-client.ts';
import { longQuoteFile } from '../support/price-files.ts';
import { faultOfCommand } from './command-words.ts';
import { allBlocks } from './pages.ts';
import { genuineInPython, hasPython, outputOf, shapeOf, shownBy, subscribeBrowser } from './programs.ts';
import { hasCurl, NO_CURL, Shell } from './shell.ts';
import type { TSchema } from 'typebox';
import type { OandaServer } from '../support/oanda-server.ts';
import type { Block } from './pages.ts';
import type { Deeds } from './shell.ts';

/** What is not run here, by the beginning of its page and heading, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/writing-a-strategy.md': 'test/docs/example-strategy.test.ts runs it',
  'docs/adr/': 'a part of a file as it was when that was decided',
  'src/migrator/README.md': 'parts of files of an application',
  'bench/README.md': 'the form of a line, with numbers of one run',
  'docs/simulator.md Connect to it':
    'test/commands/oanda-package.test.ts runs the package against the simulator',
};
const SHELLS = ['sh', 'bash'];

const blocks = allBlocks();
/** Those that a test below takes. */
const taken = new Set(blocks.filter(({ language }) => SHELLS.includes(language)));

/** Takes the blocks of a language below a heading. */
function take(page: string, heading: string, language: string): readonly string[] {
  const found = blocks.filter(
    (block) => block.page === page && block.heading === heading && block.language === language,
  );
  for (const block of found) taken.add(block);
  return found.map(({ text }) => text);
}

function takeOne(page: string, heading: string, language: string): string {
  const [text, ...others] = take(page, heading, language);
  assert(others.length === 0, `one block of ${language} in ${page} below ${heading}`);
  return present(text, `${page}: ${heading}, ${language}`);
}

const JSON_BLOCKS: readonly [string, string, TSchema][] = [
  ['docs/trading.md', 'Ask before you order', OrderPreviewView],
  ['docs/trading.md', 'Why an order is denied', Type.Partial(ProblemSchema)],
  ['docs/backtesting.md', 'Depth', DepthBody],
];
const JSON_TEXTS = JSON_BLOCKS.map(
  ([page, heading, schema]) => [page, heading, takeOne(page, heading, 'json'), schema] as const,
);
const WEBHOOK = {
  body: takeOne('docs/notifications.md', 'Webhooks', 'json'),
  check: takeOne('docs/notifications.md', 'Webhooks', 'js'),
  pythonCheck: takeOne('docs/notifications.md', 'Webhooks', 'python'),
};
const PRICE_FILES = take('docs/backtesting.md', 'Import prices', 'csv');
const FOLLOWER = takeOne('docs/websocket.md', 'Example', 'js');
const CLIENT = takeOne('clients/typescript/README.md', 'The TypeScript client', 'ts');
const [SUBSCRIBING = '', SHOWING = ''] = take('docs/notifications.md', 'Web push', 'js');
const PYTHON = {
  'auto_forex.py': takeOne('docs/python.md', 'Python', 'python'),
  'session.py': takeOne('docs/python.md', 'A session', 'python'),
  'follow.py': takeOne('docs/python.md', 'Listen', 'python'),
};
const SCRAPING = takeOne('docs/operations.md', 'Metrics and alerts', 'yaml');

const openOanda = useOandaServer({ notifyPrivate: true });
let oanda: OandaServer;
let address: string;
let folder: string;

beforeAll(async () => {
  oanda = await openOanda();
  address = await oanda.server.listen();
  await oanda.server.quote('EUR_USD', 115_000, 115_010);
  await oanda.server.pushKeys.prepare();
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-pages-'));
});
afterAll(async () => {
  await oanda[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Where a page has the addresses of a server on this machine, the test has its own. */
const here = (text: string): string =>
  text
    .replaceAll(/(127\.0\.0\.1|localhost):8000/g, address)
    .replaceAll('http://127.0.0.1:8450', oanda.simulator.url);

/** A file of prices as those that the pages import. */
const PRICES = gzipSync(longQuoteFile(600).replaceAll('2024-01-03', '2026-01-05'));

/** A terminal with the files that the pages name. */
async function openShell(): Promise<Shell> {
  const own = await mkdtemp(join(folder, 'shell-'));
  await writeFile(join(own, 'EUR_USD-2026.csv.gz'), PRICES);
  await writeFile(join(own, 'calendar.csv'), 'time,currency,impact\n2026-03-06T13:30:00Z,USD,High\n');
  return new Shell(own);
}

const ORDER = `curl -X POST $API/orders -H "$AUTH" -H "$JSON" -d '{
  "accountId": "'$ACCOUNT'", "instrument": "EUR_USD", "side": "buy", "type": "market", "units": 10000}' > /dev/null\n`;
/** What a reader did meanwhile. */
const BEFORE: Readonly<Record<string, string>> = {
  Positions: ORDER,
  'Protect a position': ORDER,
  'Import from OANDA': 'ACCOUNT=$PRACTICE\n',
};
/** As the page says: an account has to be named. As the page needs it: a day that was traded. */
const REFUSALS = ['broker-account-not-named', 'No quotes of EUR_USD were recorded'];

async function faultsOf(shell: Shell, { text, place, heading }: Block): Promise<readonly string[]> {
  const { answers, commands }: Deeds = await shell.run(here(`${BEFORE[heading] ?? ''}${text}`));
  const refused = answers
    .filter(
      ({ status, text: answer }) =>
        !(status >= 200 && status < 300) && !REFUSALS.some((code) => answer.includes(code)),
    )
    .map(({ status, asked, text: answer }) => `${status} ${asked}: ${answer}`);
  const unknown = await Promise.all(commands.map(faultOfCommand));
  return [...refused, ...unknown.flatMap((fault) => fault ?? [])].map((fault) => `${place} ${fault}`);
}

async function faultsOfPages(pages: readonly string[]): Promise<readonly string[]> {
  const shell = await openShell();
  const faults: string[] = [];
  for (const block of pages.flatMap((page) => blocks.filter((one) => one.page === page)))
    if (SHELLS.includes(block.language)) faults.push(...(await faultsOf(shell, block)));
  return faults;
}

describe('a block of shell', () => {
  const TRADERS = ['trading', 'backtesting', 'prices', 'simulator'].map((name) => `docs/${name}.md`);

  it('is the session of the README', async (test) => {
    if (!hasCurl()) return test.skip(NO_CURL);
    expect(await faultsOfPages(['README.md'])).toEqual([]);
  });

  it('does on the pages for traders what they say, one after the other', async (test) => {
    if (!hasCurl()) return test.skip(NO_CURL);
    expect(await faultsOfPages(TRADERS)).toEqual([]);
  });

  it('names commands, options and scripts that exist on every other page', async (test) => {
    if (!hasCurl()) return test.skip(NO_CURL);
    const others = new Set(
      blocks.map(({ page }) => page).filter((page) => ![...TRADERS, 'README.md'].includes(page)),
    );

    expect(await faultsOfPages([...others])).toEqual([]);
  });
});

describe('a block of JSON', () => {
  it.each(JSON_TEXTS)('of %s, %s, is what the API describes', (_page, _heading, text, schema) => {
    expect(Compile(schema).Errors(JSON.parse(text))).toEqual([]);
  });

  it('of docs/notifications.md is what a webhook is sent, and both programs there find its signature genuine', async () => {
    const { server } = oanda;
    const receiver = await openReceiver();
    const person = await addNotified(server);
    const { signingSecret } = await person.add({
      kind: 'webhook',
      url: `${receiver.url}/hook`,
      minSeverity: 'info',
    });
    await person.notified({ type: 'order-filled' });
    server.clock.now += 60_000;
    await server.notificationDeliveries.deliver();
    const request = present(receiver.at('/hook')[0], 'the request');
    const { headers, body } = request;

    expect(shapeOf(JSON.parse(body))).toEqual(shapeOf(JSON.parse(WEBHOOK.body)));
    vi.spyOn(Date, 'now').mockReturnValue(server.clock.now);
    const file = join(folder, 'genuine.mjs');
    await writeFile(file, WEBHOOK.check);
    const { isGenuine } = await import(file);
    expect([body, `${body} `].map((text) => isGenuine(signingSecret, headers, text))).toEqual([true, false]);
    if (!hasPython()) return;
    const inPython = (text: string) =>
      genuineInPython(WEBHOOK.pythonCheck, signingSecret, { ...request, body: text }, server.clock.now);
    expect([body, `${body} `].map(inPython)).toEqual([true, false]);
  });
});

it('a file of prices on a page is one that can be imported', async () => {
  const { user } = await addTrader(oanda.server);

  expect(PRICE_FILES).toHaveLength(2);
  for (const text of PRICE_FILES) {
    const answer = await oanda.server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series?instrument=EUR_USD',
      headers: { ...user.headers, 'content-type': 'text/csv' },
      payload: text,
    });
    expect(answer.statusCode, answer.body).toBe(201);
  }
});

describe('a program', () => {
  const FILLED = /^\d+ order-filled market buy 1000 EUR_USD filled at \d\.\d{5}$/m;
  const programFile = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  it('follows the journal as docs/websocket.md does', async () => {
    const { user, order } = await addTrader(oanda.server);
    await order();
    const words = [await programFile('follow.mjs', FOLLOWER), `ws://${address}/ws`, user.token, '0'];

    expect(await outputOf({ command: process.execPath, words }, FILLED)).toMatch(FILLED);
  });

  it('trades with the TypeScript client as its page does', async () => {
    const { user } = await addTrader(oanda.server);
    const client = new URL('../../clients/typescript/src/index.ts', import.meta.url).href;
    const path = await programFile('session.ts', here(CLIENT).replace('@auto-forex/client', client));
    const program = {
      command: process.execPath,
      words: [path],
      environment: { FOREX_API_KEY: user.token },
    };

    const wanted = /^filled 1\.\d{5}\n(.*\n)*\d+ market buy 1000 EUR_USD/m;
    expect(await outputOf(program, wanted)).toMatch(wanted);
  });

  it('trades, uploads and listens in Python as docs/python.md does', async (test) => {
    if (!hasPython()) return test.skip('Python is not installed');
    await writeFile(join(folder, 'EUR_USD-2026.csv.gz'), PRICES);
    for (const [name, text] of Object.entries(PYTHON)) await programFile(name, here(text));
    const python = (...words: readonly string[]) => ({ command: 'python3', words, folder });

    const wanted =
      /^filled 1\.\d{5} once\n( {2}[a-z-]+\n)+insufficient-margin .+\n600 quotes from 2026-01-05T00:00:00\.000Z\nfilled\n$/;
    expect(await outputOf(python('session.py'), wanted)).toMatch(wanted);

    if (!hasPython('websockets')) return test.skip('The session ran; Python has no package websockets');
    const { user, order } = await addTrader(oanda.server);
    await order();
    const listening = python('follow.py', `http://${address}`, user.token);
    expect(await outputOf(listening, FILLED)).toMatch(FILLED);
  });

  it('subscribes a browser, and shows what it is sent, as docs/notifications.md does', async () => {
    const { user } = await addTrader(oanda.server);
    // As a start does.
    await oanda.server.pushKeys.prepare();
    const statuses: number[] = [];

    await subscribeBrowser(SUBSCRIBING, async (path, { headers, ...options } = {}) => {
      const all = new Headers({ ...Object.fromEntries(new Headers(headers)), ...user.headers });
      const answer = await fetch(`http://${address}${path}`, { ...options, headers: all });
      statuses.push(answer.status);
      return answer;
    });
    const message = { id: 'one', title: 'Order filled', body: 'At 1.1', severity: 'info' };

    expect(statuses).toEqual([200, 201]);
    expect(shownBy(SHOWING, message)).toEqual([
      'Order filled',
      { body: 'At 1.1', tag: 'one', requireInteraction: false },
    ]);
  });
});

it('Prometheus asks the server under the name that the alert rules expect', () => {
  expect(parse(SCRAPING)).toMatchObject({
    scrape_configs: [{ job_name: 'auto-forex' }],
    rule_files: ['/etc/prometheus/auto-forex.rules.yml'],
  });
});

it('no block is left out', () => {
  const isElsewhere = ({ page, heading }: Block) =>
    Object.keys(ELSEWHERE).filter((start) => `${page} ${heading}`.startsWith(start));
  // What has no language is what programs print, or a drawing.
  const left = blocks.filter((block) => block.language !== '' && !taken.has(block));

  expect(left.filter((block) => isElsewhere(block).length === 0).map(({ place }) => place)).toEqual([]);
  expect(new Set(left.flatMap(isElsewhere))).toEqual(new Set(Object.keys(ELSEWHERE)));
});
