/** `manage rotate-keys`: tokens move to the current key, and what cannot be read is named and left as it is. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { runCommand } from '../../src/commands/command.ts';
import { rotateChannelSecrets } from '../../src/notifications/channels/rotate-channel-secrets.ts';
import { openChannelSecret, sealChannelSecret } from '../../src/notifications/channels/channel-secret.ts';
import { openKeyRing } from '../../src/server/key-ring.ts';
import { BrokerTokens } from '../../src/trading/accounts/broker-tokens.ts';
import { rotateKeysCommand } from '../../src/trading/accounts/rotate-keys-command.ts';
import { ConnectionStore } from '../../src/trading/accounts/connection-store.ts';
import { useServer } from '../support/test-server.ts';
import type { KeyRing } from '../../src/encryption/key-ring.ts';

const context = useServer();

const TOKEN = `${'0123456789abcdef'.repeat(2)}-${'fedcba9876543210'.repeat(2)}`;
const keyText = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const ringOf = (...texts: string[]) =>
  openKeyRing({ ENCRYPTION_KEYS: texts.join(','), DATA_DIRECTORY: 'none', NODE_ENV: 'production' });

const tokensOf = (keys: KeyRing) =>
  new BrokerTokens({ store: new ConnectionStore(context.server.orm), keys });

async function addConnected(keys: KeyRing): Promise<string> {
  const { database } = context.server;
  const user = await context.server.addUser();
  const accountId = randomUUIDv7();
  const sealed = tokensOf(keys).seal(TOKEN, { accountId, environment: 'practice' });
  const row = {
    id: accountId,
    user_id: user.id,
    name: 'Practice',
    environment: 'practice' as const,
    broker_account_id: `101-004-${accountId.slice(-7)}-001`,
    currency: 'EUR',
    is_active: false,
    token_ciphertext: sealed.ciphertext,
    token_key_id: sealed.keyId,
  };
  await database
    .insertInto('oanda_accounts')
    .values({ ...row, ...defaults() })
    .execute();
  return accountId;
}

const defaults = () => ({
  jurisdiction: 'OTHER' as const,
  hedging: false,
  last_transaction_id: 0,
  owner_epoch: 0,
  status: 'idle' as const,
  created_at: new Date(),
  updated_at: new Date(),
});

async function rotate(keys: () => KeyRing) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => rotateKeysCommand(keys, rotateChannelSecrets).run([], io, open));
  return { code, ...written };
}

describe('rotate-keys', () => {
  it('stores what opens a channel with the current key, and names a channel that it cannot read', async () => {
    const [lost, old, current] = [keyText('gone'), keyText('before'), keyText('now')];
    const { stores } = context.server;
    const user = await context.server.addUser();
    const add = async (keys: KeyRing) => {
      const id = randomUUIDv7();
      const secret = sealChannelSecret(keys, id, { url: 'https://hooks.example.org/planted' });
      const choices = {
        name: 'Mine',
        minSeverity: 'info',
        mutedTypes: [],
        isDigest: false,
        isEscalation: true,
        isOn: true,
      } as const;
      await stores.notificationChannels.add(
        { ...choices, id, userId: user.id, kind: 'slack', target: 'x', secret },
        10,
      );
      return id;
    };
    const [unreadable, readable] = [await add(ringOf(lost)), await add(ringOf(old))];

    const { code, out, err } = await rotate(() => ringOf(current, old));

    const channel = present(await stores.notificationChannels.find(user.id, readable), 'the channel');
    expect(openChannelSecret(ringOf(current), readable, present(channel.secret, 'its secret'))).toEqual({
      url: 'https://hooks.example.org/planted',
    });
    expect(code).toBe(1);
    expect(out).toContain('Channels stored with the current key: 1; stored with it before: 0.');
    expect(out).toContain('Key "now": no tokens, no second factors, 1 channel.');
    expect(err).toContain(`Channel ${unreadable}: ENCRYPTION_KEYS has no key "gone"`);
    expect(out + err).not.toContain('planted');
    await stores.notificationChannels.remove(user.id, unreadable);
    await stores.notificationChannels.remove(user.id, readable);
  });

  it('names the accounts whose token it cannot read, changes the others, and says with its exit code that some are left', async () => {
    const [lost, old, current] = [keyText('lost'), keyText('old'), keyText('new')];
    const unreadable = await addConnected(ringOf(lost));
    const readable = await addConnected(ringOf(old));

    const { code, out, err } = await rotate(() => ringOf(current, old));

    expect(code).toBe(1);
    expect(err).toBe(
      `Account ${unreadable}: ENCRYPTION_KEYS has no key "lost", which a secret needs.\n` +
        'Still needed: the key "lost". Run this again when every copy of the server has the first key; what cannot be read is named above.\n',
    );
    expect(out).toBe(
      'Tokens stored with the current key: 1; stored with it before: 0.\n' +
        'Key "lost": 1 token, no second factors.\nKey "new": 1 token, no second factors.\n',
    );
    expect(await tokensOf(ringOf(current)).tokenOf(readable)).toBe(TOKEN);
    expect(await tokensOf(ringOf(lost)).tokenOf(unreadable)).toBe(TOKEN);
    expect(out + err).not.toContain(TOKEN.slice(0, 8));

    const again = await rotate(() => ringOf(current, lost));

    expect(again).toMatchObject({
      code: 0,
      out:
        'Tokens stored with the current key: 1; stored with it before: 1.\n' +
        'Key "new": 2 tokens, no second factors.\n',
      err: '',
    });
  });

  it('continues where it was interrupted, and leaves a token that a server replaced meanwhile', async () => {
    const [old, current] = [keyText('older'), keyText('newer')];
    const [done, replaced, open] = [
      await addConnected(ringOf(old)),
      await addConnected(ringOf(old)),
      await addConnected(ringOf(old)),
    ];
    const store = new ConnectionStore(context.server.orm);
    const [ofDone, ofReplaced] = [await store.findToken(done), await store.findToken(replaced)];
    const another = 'f'.repeat(32);
    const sealedBy = (keys: KeyRing, accountId: string, token: string) =>
      tokensOf(keys).seal(token, { accountId, environment: 'practice' });

    // The first run moves one token, and is ended; a server that has the old key only stores another one.
    expect(await store.replaceToken(present(ofDone, 'a token'), sealedBy(ringOf(current), done, TOKEN))).toBe(
      true,
    );
    await store.setToken(replaced, sealedBy(ringOf(old), replaced, another));
    expect(
      await store.replaceToken(present(ofReplaced, 'a token'), sealedBy(ringOf(current), replaced, TOKEN)),
    ).toBe(false);

    const { code, out } = await rotate(() => ringOf(current, old));

    expect(out).toContain('Key "newer": 3 tokens');
    expect(out).not.toContain('"older"');
    const tokens = tokensOf(ringOf(current));
    expect(await Promise.all([done, replaced, open].map((id) => tokens.tokenOf(id)))).toEqual([
      TOKEN,
      another,
      TOKEN,
    ]);
    // What other tests left needs keys that this run does not have.
    expect(code).toBe(1);
  });

  it('needs a key', async () => {
    const { code, err } = await rotate(() => openKeyRing({ DATA_DIRECTORY: 'none', NODE_ENV: 'production' }));

    expect(code).toBe(1);
    expect(err).toContain('ENCRYPTION_KEYS is not set');
  });

  it('does not open a token that was copied to another account', async () => {
    const keys = ringOf(keyText('k'));
    const [from, to] = [await addConnected(keys), await addConnected(keys)];
    const stored = await new ConnectionStore(context.server.orm).findToken(from);
    await context.server.database
      .updateTable('oanda_accounts')
      .set({ token_ciphertext: stored?.sealed.ciphertext ?? '' })
      .where('id', '=', to)
      .execute();

    await expect(tokensOf(keys).tokenOf(to)).rejects.toThrow(/cannot be read with the key "k"/);
    expect(await tokensOf(keys).tokenOf(from)).toBe(TOKEN);
  });
});
