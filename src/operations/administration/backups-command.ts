/** `manage backups`: the recorded backups, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, flag } from '../../commands/define-command.ts';
import { countText, timeText } from '../../commands/text.ts';
import { backupView } from './administration-views.ts';
import { BackupStore } from './backup-store.ts';
import type { RecordedBackup } from './backup-store.ts';

export const backupsCommand = defineCommand({
  name: 'backups',
  words: '',
  about: `
Lists the backups that are recorded, newest first: when each was made, where it is, its size, and when it was last restored and compared.
db backup makes one, and manage jobs run backup lets a copy of the server make one.
`,
  options: { json: flag('for machines: {items}, as GET /admin/backups answers') },
  needs: 'database',
  async run({ words, values: { json }, io, openOrm }) {
    if (words.length > 0)
      throw misuse('manage backups takes no words: it lists them all. See manage db backup.');
    const backups = await new BackupStore(await openOrm()).list();
    if (json === true)
      io.stdout.write(`${JSON.stringify({ items: backups.map(backupView) }, undefined, 2)}\n`);
    else io.stdout.write(backups.length === 0 ? 'No backup is recorded.\n' : backups.map(lineOf).join(''));
  },
});

function lineOf({ madeAt, location, sizeBytes, verifiedAt }: RecordedBackup): string {
  const verified = verifiedAt === undefined ? 'never restored' : `restored ${timeText(verifiedAt)}`;
  return `${timeText(madeAt)}  ${location}  ${countText(sizeBytes)} bytes, ${verified}\n`;
}
