/** Pages of lists: a limit, and an opaque cursor that says where the page before ended. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { present } from '../core/shared/assert.ts';
import { Problem } from '../core/shared/problem.ts';
import type { JsonRow, PageRequest } from '../persistence/page.ts';
import { namedObject } from './schemas.ts';
import { orNull } from './values.ts';
import { WrittenAnswer } from './written-answer.ts';

const DEFAULT_LIMIT = 50;
/** A page of these is some hundred kilobytes. */
const HIGHEST_LIMIT = 500;
const CURSOR_LENGTH = 200;

/** The query parameters of every list; spread them into the route's own. */
export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: HIGHEST_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'How many items at most.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: CURSOR_LENGTH,
      description: 'The nextCursor of the page before; the first page when left out.',
    }),
  ),
};

const pageQuery = Type.Object(pageParameters);
export type PageQuery = Static<typeof pageQuery>;

/** A schema that `namedObject` made. */
type Named = TSchema & { readonly title?: string };

/** Returns the schema of a list that comes whole. */
export function listSchema<Item extends Named>(item: Item) {
  return namedObject(`${nameOf(item)}List`, { items: Type.Array(item) });
}

/** Returns the schema of a page of a list. */
export function pageSchema<Item extends Named>(item: Item) {
  return namedObject(`${nameOf(item)}Page`, {
    items: Type.Array(item),
    nextCursor: orNull(Type.String({ description: 'The cursor of the next page; null on the last one.' })),
  });
}

function nameOf({ title }: Named): string {
  return present(title, 'the name of what is listed');
}

/** A page of what a store returned. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

interface WrittenPage<View> {
  items: View[];
  nextCursor: string | null;
}

/** Reads a page of a list that is sorted by id, newest first, and finds out whether there is another one. */
export async function readPage<Row extends { readonly id: string }>(
  query: PageQuery,
  read: (page: PageRequest) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const limit = limitOf(query);
  const before = query.cursor === undefined ? undefined : decodeId(query.cursor);
  // One row more than asked for shows whether a page follows, for less than a count costs.
  const rows = await read({ limit: limit + 1, before });
  const last = rows[limit - 1];
  return {
    rows: rows.slice(0, limit),
    nextCursor: rows.length > limit && last ? encodeCursor('id', [last.id]) : null,
  };
}

/** Returns the answer with a page of items that are JSON already; its type is that of the same items before they were written. */
export function writtenPage<View>({ rows, nextCursor }: Page<JsonRow<View>>): WrittenPage<View> {
  const items = rows.map(({ json }) => json).join();
  const json = `{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}}`;
  return new WrittenAnswer(json, rows.length) as unknown as WrittenPage<View>;
}

/** Returns how many items a request wants. */
export function limitOf({ limit = DEFAULT_LIMIT }: PageQuery): number {
  return limit;
}

/** Returns the cursor for a place in a list. `kind` keeps the cursors of one list from being used on another. */
export function encodeCursor(kind: string, place: readonly string[]): string {
  return Buffer.from([kind, ...place].join(' ')).toString('base64url');
}

/** Returns the place that a cursor names, or throws `invalid-request` when it is not one of this kind with so many parts. */
export function decodeCursor(kind: string, cursor: string, parts: number): readonly string[] {
  const [found, ...place] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (found !== kind || place.length !== parts) throw badCursor();
  return place;
}

function decodeId(cursor: string): string {
  const [id = ''] = decodeCursor('id', cursor, 1);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw badCursor();
  return id;
}

/** The problem of a cursor that this list did not issue. */
export function badCursor(): Problem {
  return new Problem('invalid-request', 'The cursor is not valid.', {
    errors: [{ pointer: '/cursor', detail: 'must be the nextCursor of a page of this list' }],
  });
}
