/** `manage rotate-keys`: seals every stored token with the first of the encryption keys. */

import { BrokerTokens } from './broker-tokens.ts';
import { rotateSecondFactors } from '../../people/second-factor/rotate-second-factors.ts';
import { SecondFactorStore } from '../../people/second-factor/second-factor-store.ts';
import { ConnectionStore } from './connection-store.ts';
import { secretsByKey } from './sealed-secrets-store.ts';
import { countText, numberOf } from '../../commands/text.ts';
import { defineCommand } from '../../commands/define-command.ts';
import type { Command, CommandIo } from '../../commands/command.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';

/** What came of sealing secrets of another room with the current key. */
interface Rotation {
  readonly sealed: number;
  readonly alreadyCurrent: number;
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[];
}

/** Returns the command; the keys are asked for when it runs. The secrets of channels belong to a room above this one. */
export function rotateKeysCommand(
  openKeyRing: () => KeyRing,
  rotateChannels: (orm: Orm, keys: KeyRing) => Promise<Rotation>,
): Command {
  return defineCommand({
    name: 'rotate-keys',
    about: `
Stores every broker's token and every second factor and the secrets of notification channels again that an older key is used for, with the first key of ENCRYPTION_KEYS. To change the key: put a new one in
front of the old one, restart every copy of the server, run this, remove the old one, restart. It may be interrupted and run again, and servers
may run meanwhile. At the end it says what is stored with which key; the exit code is 1 when that is another than the first.
`,
    options: {},
    needs: 'database',
    async run({ io, openOrm }) {
      const keys = openKeyRing();
      const orm = await openOrm();
      const tokens = new BrokerTokens({ store: new ConnectionStore(orm), keys });
      const { sealed, alreadyCurrent, unreadable } = await tokens.rotate();
      io.stdout.write(
        `Tokens stored with the current key: ${countText(sealed)}; stored with it before: ${countText(alreadyCurrent)}.
`,
      );
      for (const { accountId, reason } of unreadable) io.stderr.write(`Account ${accountId}: ${reason}\n`);
      const factors = await rotateSecondFactors(new SecondFactorStore(orm), keys);
      if (factors.sealed + factors.alreadyCurrent > 0)
        io.stdout.write(
          `Second factors stored with the current key: ${countText(factors.sealed)}; stored with it before: ${countText(factors.alreadyCurrent)}.\n`,
        );
      for (const { userId, reason } of factors.unreadable)
        io.stderr.write(`Second factor of the person ${userId}: ${reason}\n`);
      const channels = await rotateChannels(orm, keys);
      if (channels.sealed + channels.alreadyCurrent > 0)
        io.stdout.write(
          `Channels stored with the current key: ${countText(channels.sealed)}; stored with it before: ${countText(channels.alreadyCurrent)}.\n`,
        );
      for (const { id, reason } of channels.unreadable) io.stderr.write(`Channel ${id}: ${reason}\n`);
      return (await saysWhatIsLeft(orm, keys, io)) ? 1 : 0;
    },
  });
}

/** Writes what is stored with which key; returns whether any other than the current one is still needed. */
async function saysWhatIsLeft(orm: Orm, keys: KeyRing, { stdout, stderr }: CommandIo): Promise<boolean> {
  const stored = await secretsByKey(orm);
  for (const { keyId, tokens, secondFactors, channels } of stored) {
    const ofChannels = channels > 0 ? `, ${numberOf(channels, 'channel')}` : '';
    stdout.write(
      `Key "${keyId}": ${numberOf(tokens, 'token')}, ${numberOf(secondFactors, 'second factor')}${ofChannels}.\n`,
    );
  }
  const others = stored.filter(({ keyId }) => keyId !== keys.currentId);
  if (others.length === 0) return false;
  const names = others.map(({ keyId }) => `"${keyId}"`).join(', ');
  stderr.write(
    `Still needed: the key ${names}. Run this again when every copy of the server has the first key; what cannot be read is named above.\n`,
  );
  return true;
}
