import { describe, expect, it } from 'vitest';
import { badCursor, decodeCursor, encodeCursor, limitOf, readPage } from './pagination.ts';

const ID = '01a20254-8cd2-709d-970f-91bccfacea44';

describe('a cursor', () => {
  it('names a place for the list that gave it out, and for no other', () => {
    const cursor = encodeCursor('journal', ['77', '12']);

    expect(decodeCursor('journal', cursor, 2)).toEqual(['77', '12']);
    expect(() => decodeCursor('id', cursor, 2)).toThrow(badCursor().message);
    expect(() => decodeCursor('journal', cursor, 1)).toThrow(badCursor().message);
    expect(() => decodeCursor('journal', '', 2)).toThrow(badCursor().message);
  });

  it('needs no escaping in an address', () => {
    expect(encodeCursor('id', ['ÿ~?>/+'])).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});

describe('a page', () => {
  const rows = Array.from({ length: 7 }, (_, index) => ({ id: `${ID.slice(0, -1)}${7 - index}` }));
  const read = async ({ limit, before }: { readonly limit: number; readonly before?: string | undefined }) =>
    rows.filter(({ id }) => before === undefined || id < before).slice(0, limit);

  it.each([1, 2, 3, 6, 7, 8])('of %i leads through the whole list, each row once', async (limit) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await readPage({ limit, ...(cursor === undefined ? {} : { cursor }) }, read);
      seen.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);

    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  it('has fifty rows when nothing is said', () => {
    expect(limitOf({})).toBe(50);
  });
});
