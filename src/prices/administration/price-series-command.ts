/** `manage price-series`: price series of everyone, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { countText, numberOf, timeText } from '../../commands/text.ts';
import { idFrom } from '../../commands/words.ts';
import { withoutUnseen } from '../../http/values.ts';
import { commandJournal } from '../../people/command-journal.ts';
import { SeriesAdmin } from './series-admin.ts';
import { SeriesAdminStore } from './series-admin-store.ts';
import { LONGEST_SOURCE } from './series-admin-routes.ts';
import type { AdministeredSeries } from './series-admin-store.ts';

const PAGE = 200;
const USAGE =
  'Say what to do, such as: manage price-series rename ID NAME. manage price-series list shows the ids.';

export const priceSeriesCommand = defineCommand({
  name: 'price-series',
  words: 'list | rename ID NAME | delete ID',
  about: `
Lists the price series of everyone and the shared ones with their size, renames one, or deletes one that no backtest ran on.
`,
  options: { search: value('TEXT', 'list those of people with this in their address or username') },
  needs: 'database',
  async run({ words: [action, word, name, ...more], values: { search }, io, openOrm }) {
    const open = async (): Promise<SeriesAdmin> => {
      const orm = await openOrm();
      return new SeriesAdmin({ store: new SeriesAdminStore(orm), journal: commandJournal(orm) });
    };
    const print = (line: string) => io.stdout.write(`${line}\n`);
    if (action === 'list' && word === undefined) return printAll(await open(), search, print);
    if (word === undefined || more.length > 0 || search !== undefined) throw misuse(USAGE);
    const id = idFrom(word);
    if (action === 'delete' && name === undefined) {
      print(`Deleted: ${lineOf(await (await open()).delete(id, {}))}`);
      return;
    }
    if (action !== 'rename' || name === undefined) throw misuse(USAGE);
    const source = withoutUnseen(name).trim();
    if (source === '' || source.length > LONGEST_SOURCE)
      throw misuse(`The name is a text of 1 to ${LONGEST_SOURCE} characters.`);
    print(lineOf(await (await open()).rename(id, source, {})));
  },
});

async function printAll(
  admin: SeriesAdmin,
  search: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  let before: string | undefined;
  for (;;) {
    const page = await admin.list(search, { limit: PAGE, before });
    for (const series of page) print(lineOf(series));
    if (before === undefined && page.length === 0) print('There is no price series.');
    before = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

function lineOf({ id, username, instrument, kind, source, rows, bytes, createdAt }: AdministeredSeries) {
  const size = `${numberOf(rows, 'row')}, ${countText(bytes)} bytes`;
  return `${id} ${username ?? 'shared'}: ${source}, ${instrument} ${kind}, ${size}, ${timeText(createdAt.getTime())}`;
}
