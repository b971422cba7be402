/** `manage blocked-ips`: addresses that are refused, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { timeText } from '../../commands/text.ts';
import { withoutUnseen } from '../../http/values.ts';
import { BlockedIpStore } from '../blocked-ip-store.ts';
import { BlockedIps } from '../blocked-ips.ts';
import { commandJournal } from '../command-journal.ts';
import { AddressAdmin } from './address-admin.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { BlockedIp } from '../blocked-ip-store.ts';

const HOUR_MS = 3_600_000;
const USAGE = 'Say what to do, such as: manage blocked-ips block 192.0.2.0/24 --reason "password guessing"';

export const blockedIpsCommand = defineCommand({
  name: 'blocked-ips',
  words: 'list | block RANGE | unblock RANGE',
  about: `
Lists, blocks or unblocks addresses and ranges, such as 192.0.2.1 or 2001:db8::/64. Servers that run follow within a second.
`,
  options: {
    reason: value('TEXT', 'why it is blocked'),
    hours: value('NUMBER', 'how long; for ever when left out'),
  },
  needs: 'database',
  async run({ words: [action, range, ...more], values: { reason, hours }, io, openOrm }) {
    if (more.length > 0) throw misuse(USAGE);
    if (action === 'list' && range === undefined) {
      const blocks = await addressAdmin(await openOrm()).list();
      for (const block of blocks) io.stdout.write(`${lineOf(block)}\n`);
      if (blocks.length === 0) io.stdout.write('No address is blocked.\n');
      return;
    }
    if (action === 'block' && range !== undefined) {
      if (reason === undefined || withoutUnseen(reason).trim() === '')
        throw misuse('The reason is required, such as --reason "password guessing".');
      const blockedUntil = endOf(hours);
      const block = await addressAdmin(await openOrm()).block(
        { ipAddress: range, reason: withoutUnseen(reason), blockedUntil },
        {},
      );
      io.stdout.write(`${lineOf(block)}\n`);
      return;
    }
    if (action !== 'unblock' || range === undefined) throw misuse(USAGE);
    const admin = addressAdmin(await openOrm());
    const found = (await admin.list()).find(({ ipAddress }) => ipAddress === range);
    if (!found) throw misuse(`${range} is not blocked: manage blocked-ips list shows what is.`);
    await admin.unblock(found.id, {});
    io.stdout.write(`${found.ipAddress} is answered again.\n`);
  },
});

function endOf(hours: string | undefined): number | undefined {
  if (hours === undefined) return undefined;
  const count = Number(hours);
  if (!(count > 0 && count <= 87_600))
    throw misuse('--hours is a number above 0, and at most 87600 (ten years).');
  return Date.now() + count * HOUR_MS;
}

function lineOf({ ipAddress, reason, blockedAt, blockedUntil }: BlockedIp): string {
  const until = blockedUntil === undefined ? 'for ever' : `until ${timeText(blockedUntil)}`;
  return `${ipAddress} is blocked since ${timeText(blockedAt)}, ${until}: ${reason}`;
}

function addressAdmin(orm: Orm): AddressAdmin {
  const blockedIps = new BlockedIps({ store: new BlockedIpStore(orm), clock: Date.now });
  return new AddressAdmin({ blockedIps, journal: commandJournal(orm) });
}
