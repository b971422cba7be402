import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { csvOfPages, csvText } from './csv.ts';

async function* pages() {
  yield [];
  yield [{ name: 'one' }];
  yield [];
  yield [{ name: '=two' }, { name: 'three, "3"' }];
}

it('continues at the pace of its reader, also behind pages in which nothing was found', async () => {
  const read: number[] = [];
  const readPage = async <Page>(next: () => Promise<Page>, rowsBefore: number) => {
    const page = await next();
    if (page !== undefined) read.push(rowsBefore);
    return page;
  };

  const csv = await text(csvOfPages({ readPage }, ['name'], pages()));

  expect(csv).toBe('name\r\none\r\n\'=two\r\n"three, ""3"""\r\n');
  expect(read).toEqual([0, 0, 1, 0]);
});

it.each([
  ['-1.25', '-1.25'],
  ['-1e-7', '-1e-7'],
  ['-1+HYPERLINK("x")', `"'-1+HYPERLINK(""x"")"`],
  ["-2|' /C calc'!A0", "'-2|' /C calc'!A0"],
  ['-', "'-"],
  ['\n=1', `"'\n=1"`],
])('marks what a spreadsheet would compute, and leaves negative numbers: %j', (name, cell) => {
  expect(csvText(['name'], [{ name }])).toBe(`name\r\n${cell}\r\n`);
});
