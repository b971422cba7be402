/** `manage copies`: which copies of the server run, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, flag } from '../../commands/define-command.ts';
import { numberOf, timeText } from '../../commands/text.ts';
import { copyView } from './administration-views.ts';
import { CopyStore } from './copy-store.ts';
import type { ServerCopy } from './copy-store.ts';

export const copiesCommand = defineCommand({
  name: 'copies',
  words: '',
  about: `
Lists the copies of the server that run or were seen within a day: machine, process, version, since when, and how many accounts each runs. One
that is "gone" was not seen for two minutes.
`,
  options: { json: flag('for machines: {items}, as GET /admin/copies answers; with the ids of accounts') },
  needs: 'database',
  async run({ words, values: { json }, io, openOrm }) {
    if (words.length > 0) throw misuse('manage copies takes no words: it lists them all.');
    const copies = await new CopyStore(await openOrm()).list();
    if (json === true) io.stdout.write(`${JSON.stringify({ items: copies.map(copyView) }, undefined, 2)}\n`);
    else io.stdout.write(copies.length === 0 ? 'No copy of the server runs.\n' : copies.map(lineOf).join(''));
  },
});

function lineOf({ host, pid, version, state, startedAt, lastSeenAt, accountIds }: ServerCopy): string {
  const seen = state === 'running' ? '' : `, seen last ${timeText(lastSeenAt)}`;
  return `${host} process ${pid}: ${version}, ${state}, since ${timeText(startedAt)}${seen}, ${numberOf(accountIds.length, 'account')}\n`;
}
