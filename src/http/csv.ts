/** Lists as CSV (RFC 4180), page by page, so that a long one needs no more memory than a short one. */

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { PageRequest } from '../persistence/page.ts';

export const CSV_MEDIA_TYPE = 'text/csv';
/** Rows in memory at once. */
const PAGE = 500;
/** Between two pages, so that a long list leaves the event loop to others: it comes with 5,000 rows a second. */
const PAUSE_MS = 100;

/** Returns whether the sender would rather have CSV than JSON. */
export function wantsCsv({ headers }: FastifyRequest): boolean {
  return headers.accept?.split(',').some((range) => range.trim().split(';')[0] === CSV_MEDIA_TYPE) === true;
}

/** Returns all rows of a list that is sorted by id, newest first, as lines of CSV under a line of names. */
export function csvStream<Row extends { readonly id: string }>(
  columns: readonly string[],
  read: (page: PageRequest) => Promise<readonly Row[]>,
  view: (row: Row) => Readonly<Record<string, unknown>>,
): Readable {
  return Readable.from(csvPages(columns, read, view), { objectMode: false });
}

/** Returns a short list as lines of CSV under a line of names. */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  return [line(columns), ...rows.map((row) => csvLine(columns, row))].join('');
}

async function* csvPages<Row extends { readonly id: string }>(
  columns: readonly string[],
  read: (page: PageRequest) => Promise<readonly Row[]>,
  view: (row: Row) => Readonly<Record<string, unknown>>,
): AsyncGenerator<string> {
  yield line(columns);
  for (let before: string | undefined; ;) {
    const rows = await read({ limit: PAGE, before });
    yield rows.map((row) => csvLine(columns, view(row))).join('');
    before = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
    await sleep(PAUSE_MS);
  }
}

function csvLine(columns: readonly string[], values: Readonly<Record<string, unknown>>): string {
  return line(columns.map((column) => values[column]));
}

function line(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** Only text and numbers come here; nothing is an empty cell. */
function cell(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
