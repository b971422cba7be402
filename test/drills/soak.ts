/**
 * `npm run drill:soak [-- --minutes N]`: a server at work for half an hour: 5,600 quotes a second, 200 strategies, 200 sockets and orders
 * without a pause. Prints its memory and the delay of its event loop over time. Ends with 0 only if memory does not grow beyond noise, the
 * event loop is late by at most 20 ms in 99 of 100 cases, and nothing was lost or done twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { makeLargeFiles } from '../support/large-files.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { interrupted, Misuse, runDrill, say } from './say.ts';
import { judgeGrowth, tableOf } from './soak/growth.ts';
import { findLosses } from './soak/losses.ts';
import { Person } from './soak/person.ts';
import { probe } from './soak/probed.ts';
import type { Probed } from './soak/probed.ts';
import type { Share } from './soak/person.ts';

const MINUTE_MS = 60_000;
/** Looks are a pause for the server, so there are few; a short soak has as many. */
const LOOKS = 30;
const MOST_DELAY_MS = 20;
const QUOTES_A_SECOND = 5_600;
const PEOPLE = 10;
/** Two hundred strategies and sockets, and 25 orders a second. */
const SHARE: Share = {
  strategies: 20,
  sockets: 20,
  orderEveryMs: 400,
  instruments: PAPER_INSTRUMENTS.list.map(({ name }) => name).slice(0, 21),
};
/** The market is open, whatever day it is. */
const INTERVAL_MS = Math.floor((1_000 * PAPER_INSTRUMENTS.list.length) / QUOTES_A_SECOND);
const PAPER_FEED = `synthetic?seed=7&interval=${INTERVAL_MS}&start=2026-01-05T12:00:00Z`;
const PROBE_MODULE = new URL('soak/probe.ts', import.meta.url).href;

function readMinutes(argv: readonly string[]): number {
  const { values } = parseArgs({
    args: [...argv],
    options: { minutes: { type: 'string', default: '30' } },
  });
  const minutes = Number(values.minutes);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 1_440)
    throw new Misuse(`--minutes was ${values.minutes}; a whole number from 1 to 1440 was expected.`);
  return minutes;
}

async function soak(folder: string): Promise<boolean> {
  const minutes = readMinutes(process.argv.slice(2));
  await makeLargeFiles();
  await using postgres = await startDrillServer(`${folder}/database`);
  const databaseUrl = await postgres.createDatabase('drill');
  const settings = {
    DATABASE_URL: databaseUrl,
    DATA_DIRECTORY: `${folder}/data`,
    TRUSTED_PROXIES: '127.0.0.1',
    PAPER_FEED,
    NODE_OPTIONS: `${NODE_ENVIRONMENT.NODE_OPTIONS} --expose-gc --import=${PROBE_MODULE}`,
  };
  await using server = new ServerProcess(settings, []);
  return await Promise.race([work(server, databaseUrl, minutes), interrupted()]);
}

async function work(server: ServerProcess, databaseUrl: string, minutes: number): Promise<boolean> {
  const address = await server.ready;
  const people: Person[] = [];
  for (let index = 0; index < PEOPLE; index += 1) people.push(await Person.join(address, index, SHARE));
  say(
    `${PEOPLE} people with ${SHARE.strategies} strategies and ${SHARE.sockets} sockets each; ${minutes} minutes.`,
  );
  const ending = new AbortController();
  const trading = people.map((person) => person.trade(ending.signal, SHARE));
  await probe(server);
  const probes: Probed[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep((minutes * MINUTE_MS) / LOOKS);
    probes.push(await probe(server));
  }
  ending.abort();
  await Promise.all(trading);
  const losses = await findLosses(databaseUrl, people);
  report(people, probes);
  for (const person of people) person.close();
  for (const { level, msg } of server.errors.slice(0, 10)) say(`The server logged (${level}): ${msg}`);
  return judge(probes, losses);
}

function report(people: readonly Person[], probes: readonly Probed[]): void {
  const listeners = people.flatMap((person) => person.listeners);
  const sum = (numbers: readonly number[]): string => numbers.reduce((a, b) => a + b, 0).toLocaleString('en');
  const latencies = people.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  const latency = (share: number): string =>
    (latencies[Math.floor(share * latencies.length)] ?? 0).toFixed(0);
  say(tableOf(probes));
  say(
    `Orders placed: ${sum(people.map(({ orderIds }) => orderIds.length))}, refused with 503: ${sum(people.map(({ refused }) => refused))}; p50 ${latency(0.5)} ms, p99 ${latency(0.99)} ms.`,
  );
  say(
    `Frames received: ${sum(listeners.map(({ quoteFrames }) => quoteFrames))} of quotes, ${sum(listeners.map(({ sequences }) => sequences.length))} of events, ${sum(listeners.map(({ otherFrames }) => otherFrames))} of all but quotes.`,
  );
}

function judge(probes: readonly Probed[], losses: readonly string[]): boolean {
  const p99Ms =
    probes.map((probed) => probed.p99Ms).sort((a, b) => a - b)[Math.floor(probes.length / 2)] ?? 0;
  const growths = judgeGrowth(probes);
  for (const { text, isGrowing } of growths) say(`${isGrowing ? 'GROWING: ' : ''}${text}`);
  say(
    `${p99Ms > MOST_DELAY_MS ? 'LATE: ' : ''}Event loop: p99 ${p99Ms.toFixed(1)} ms, the median of all looks (at most ${MOST_DELAY_MS}).`,
  );
  for (const loss of losses.slice(0, 20)) say(`LOST: ${loss}`);
  say(losses.length === 0 ? 'Nothing was lost, and nothing was done twice.' : `${losses.length} losses.`);
  return losses.length === 0 && p99Ms <= MOST_DELAY_MS && growths.every(({ isGrowing }) => !isGrowing);
}

await runDrill(() => inDrillFolder('soak', soak));
