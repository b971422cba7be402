/** `manage rotate-keys`: seals every stored token with the first of the encryption keys. */

import { BrokerTokens } from './broker-tokens.ts';
import { rotateSecondFactors } from '../../people/second-factor/rotate-second-factors.ts';
import { SecondFactorStore } from '../../people/second-factor/second-factor-store.ts';
import { ConnectionStore } from './connection-store.ts';
import { countText } from '../../commands/text.ts';
import { defineCommand } from '../../commands/define-command.ts';
import type { Command } from '../../commands/command.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';

/** Returns the command; the keys are asked for when it runs. */
export function rotateKeysCommand(openKeyRing: () => KeyRing): Command {
  return defineCommand({
    name: 'rotate-keys',
    about: `
Stores every broker's token and every second factor again that an older key is used for, with the first key of ENCRYPTION_KEYS. To change the key: put a new one in
front of the old one, restart every copy of the server, run this, remove the old one, restart.
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
      return unreadable.length + factors.unreadable.length === 0 ? 0 : 1;
    },
  });
}
