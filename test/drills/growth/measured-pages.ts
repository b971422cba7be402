/** The pages whose cost must not grow with what is stored, and how long each takes at best. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../http-client.ts';

/** The best of so many is what a page takes when nothing else is done on the machine. */
const REQUESTS = 12;
/** Reading is limited: 2,500 rows a second. */
const PAUSE_MS = 25;
const LIMIT = 20;

/** All orders of the reader's accounts are looked through, so it may cost as many times as much as there are more. */
export const NONE_FOUND = '/orders, none found';

/** Someone who reads: `many` has as many rows as the table is of, `few` some hundreds beside them. */
export type Reader = 'many' | 'few';

interface Page {
  readonly reader: Reader;
  readonly path: string;
  readonly name: string;
}

/** The pages; `middle` is a number of an entry, and of a row, half-way. */
export function pagesOf(middleSequence: number, middleId: string): readonly Page[] {
  const cursor = Buffer.from(`id ${middleId}`).toString('base64url');
  const lists = ['/orders', '/trades', '/positions?open=false'].map((path) => {
    const start = `${path}${path.includes('?') ? '&' : '?'}limit=${LIMIT}`;
    return { path, start };
  });
  return [
    ...lists.flatMap(({ path, start }): Page[] => [
      { reader: 'many', path: start, name: `${path}, first page` },
      { reader: 'many', path: `${start}&cursor=${cursor}`, name: `${path}, half-way` },
      { reader: 'few', path: start, name: `${path} of another person` },
    ]),
    { reader: 'many', path: `/orders?status=accepted&limit=${LIMIT}`, name: '/orders that rest' },
    { reader: 'many', path: `/orders?instrument=GBP_USD&limit=${LIMIT}`, name: NONE_FOUND },
    { reader: 'many', path: `/events?limit=${LIMIT}&order=desc`, name: '/events, newest' },
    { reader: 'many', path: `/events?limit=${LIMIT}&after=${middleSequence}`, name: '/events, half-way' },
    { reader: 'few', path: `/events?limit=${LIMIT}`, name: '/events of another person' },
    { reader: 'few', path: `/events?limit=${LIMIT}&category=security`, name: '/events by category, another' },
    { reader: 'many', path: '/me', name: '/me' },
    { reader: 'few', path: '/accounts', name: '/accounts of another person' },
  ];
}

/** Returns how many milliseconds a request takes at best. */
export async function bestMs(http: HttpClient, path: string): Promise<number> {
  let best = Infinity;
  for (let request = 0; request < REQUESTS; request += 1) {
    const { status, text, durationMs } = await http.send({ method: 'GET', path });
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`);
    best = Math.min(best, durationMs);
    await sleep(PAUSE_MS);
  }
  return best;
}
