/** Lists of journal entries, page by page and as CSV. */

import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { csvOfPages } from '../http/csv.ts';
import type { EntryPageRequest, FoundEntries } from './entry-search-store.ts';
import type { StoredJournalEntry } from './journal-store.ts';

/** Entries in memory at once while all are written out. */
const PAGE = 500;

/** Reads one page. */
export type FindEntries = (page: EntryPageRequest) => Promise<FoundEntries>;

/** Where a list is read on: always, oldest first, because there will be more; null at the end of one that is newest first. */
export function nextCursorOf(
  { after, isDescending }: EntryPageRequest,
  { place, hasMore }: FoundEntries,
): number | null {
  if (isDescending) return hasMore ? (place ?? null) : null;
  return place ?? after ?? null;
}

/** Returns all pages of a list, from one on, or as many as have so many entries. */
export async function* pagesFrom(
  first: EntryPageRequest,
  find: FindEntries,
  most = Infinity,
): AsyncGenerator<readonly StoredJournalEntry[]> {
  let left = most;
  for (let page = first; ;) {
    const { entries, place, hasMore } = await find({ ...page, limit: Math.min(PAGE, left) });
    yield entries;
    left -= entries.length;
    if (!hasMore || place === undefined || left <= 0) return;
    page = page.isDescending ? { ...page, before: place } : { ...page, after: place };
  }
}

/** Returns all entries of a list as CSV; what is an object or a list in them is JSON. */
export function entriesCsv(
  request: Pick<FastifyRequest, 'readPage'>,
  columns: readonly string[],
  pages: AsyncIterable<readonly StoredJournalEntry[]>,
  view: (entry: StoredJournalEntry) => Readonly<Record<string, unknown>>,
): Readable {
  return csvOfPages(
    request,
    columns,
    inRows(pages, (entry) => flat(view(entry))),
  );
}

/** Returns an entry with only text and numbers in it. */
export function flat(view: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(view).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
    ]),
  );
}

async function* inRows<Row>(
  pages: AsyncIterable<readonly StoredJournalEntry[]>,
  rowOf: (entry: StoredJournalEntry) => Row,
): AsyncGenerator<readonly Row[]> {
  for await (const entries of pages) yield entries.map(rowOf);
}
