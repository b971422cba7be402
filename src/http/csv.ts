/** Lists as CSV (RFC 4180), page by page, so that a long one needs no more memory than a short one. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageRequest } from '../persistence/page.ts';

export const CSV_MEDIA_TYPE = 'text/csv';
/** Rows in memory at once. */
const PAGE = 500;

/** Returns whether the sender would rather have CSV than JSON. */
export function wantsCsv({ headers }: FastifyRequest): boolean {
  return headers.accept?.split(',').some((range) => range.trim().split(';')[0] === CSV_MEDIA_TYPE) === true;
}

/** Says that the answer is a file of CSV with this name. */
export function asCsvFile(reply: FastifyReply, name: string): void {
  void reply
    .type(`${CSV_MEDIA_TYPE}; charset=utf-8`)
    .header('content-disposition', `attachment; filename="${name}.csv"`);
}

/** Returns all rows of a list that is sorted by id, newest first, as lines of CSV under a line of names, as fast as its reader may read. */
export function csvStream<Row extends { readonly id: string }>(
  request: Pick<FastifyRequest, 'readPage'>,
  columns: readonly string[],
  read: (page: PageRequest) => Promise<readonly Row[]>,
  view: (row: Row) => Readonly<Record<string, unknown>>,
): Readable {
  return csvOfPages(request, columns, viewsById(read, view));
}

/** Returns the rows of all pages as lines of CSV under a line of names, as fast as its reader may read. */
export function csvOfPages(
  request: Pick<FastifyRequest, 'readPage'>,
  columns: readonly string[],
  pages: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>,
): Readable {
  return Readable.from(csvPages(request, columns, pages), { objectMode: false });
}

/** Returns a short list as lines of CSV under a line of names. */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  return line(columns) + csvRows(columns, rows);
}

/** Returns rows as lines of CSV. */
export function csvRows(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  return rows.map((row) => csvLine(columns, row)).join('');
}

async function* csvPages(
  request: Pick<FastifyRequest, 'readPage'>,
  columns: readonly string[],
  pages: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>,
): AsyncGenerator<string> {
  yield line(columns);
  const unread = pages[Symbol.asyncIterator]();
  const read = async () => {
    const next = await unread.next();
    return next.done === true ? undefined : next.value;
  };
  // A page without rows was looked for all the same.
  for (let before = 0; ;) {
    const rows = await request.readPage(read, before);
    if (rows === undefined) return;
    before = rows.length;
    yield csvRows(columns, rows);
  }
}

async function* viewsById<Row extends { readonly id: string }>(
  read: (page: PageRequest) => Promise<readonly Row[]>,
  view: (row: Row) => Readonly<Record<string, unknown>>,
): AsyncGenerator<readonly Readonly<Record<string, unknown>>[]> {
  for (let before: string | undefined; ;) {
    const rows = await read({ limit: PAGE, before });
    yield rows.map(view);
    before = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
  }
}

function csvLine(columns: readonly string[], values: Readonly<Record<string, unknown>>): string {
  return line(columns.map((column) => values[column]));
}

function line(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** What a spreadsheet takes for a formula. A negative number is none. */
const FORMULA = /^(?:[=+@\t\r\n]|-(?!\d+(?:\.\d+)?(?:e[+-]?\d+)?$))/;

/** Only text and numbers come here; nothing is an empty cell. Text of others must not be computed where the file is opened. */
function cell(value: unknown): string {
  const said = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const text = FORMULA.test(said) ? `'${said}` : said;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
