/** Where people want to be notified: added, changed, removed and tried. */

import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { Problem } from '../../core/shared/problem.ts';
import { present } from '../../core/shared/assert.ts';
import { securityFact } from '../../people/security-journal.ts';
import { messageOf } from '../delivery/message.ts';
import { channelAddress } from './channel-address.ts';
import { openChannelSecret, sealChannelSecret } from './channel-secret.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { Client } from '../../http/client.ts';
import type { Journal } from '../../people/security-journal.ts';
import type { Attempt, ChannelSenders } from '../delivery/channel-senders.ts';
import type { Language } from '../notification-types.ts';
import type { RecipientStore } from '../recipient-store.ts';
import type { ChannelWish } from './channel-address.ts';
import type { NotificationSettings, NotificationSettingsStore } from './notification-settings-store.ts';
import type { ChannelChoices, ChannelStore, StoredChannel } from './channel-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** Each is asked to take every message. */
const MOST_CHANNELS = 10;
/** What Standard Webhooks recommends is between 24 and 64. */
const SIGNING_SECRET_BYTES = 32;

export interface ChannelsDependencies {
  readonly store: ChannelStore;
  readonly settings: NotificationSettingsStore;
  readonly recipients: Pick<RecipientStore, 'find'>;
  readonly senders: ChannelSenders;
  readonly keys: KeyRing;
  readonly journal: Journal;
  /** Whether the server sends e-mail. */
  readonly canMail: boolean;
  readonly clock: () => number;
}

/** A channel that was added, and what webhooks are signed with, which is not shown again. */
export interface AddedChannel {
  readonly channel: StoredChannel;
  readonly signingSecret: string | undefined;
}

const TEST: Readonly<Record<Language, { readonly title: string; readonly message: string }>> = {
  en: { title: 'A test', message: 'You asked for this message. Notifications arrive here.' },
  ja: { title: 'テスト通知', message: 'ご依頼のテスト通知です。通知はここに届きます。' },
};

export class Channels {
  readonly #deps: ChannelsDependencies;

  constructor(deps: ChannelsDependencies) {
    this.#deps = deps;
  }

  listOf(userId: string): Promise<readonly StoredChannel[]> {
    return this.#deps.store.listOf(userId);
  }

  /**
   * Adds a channel. A repetition of the request, which has the same id, gives the channel another signing secret. Throws `invalid-request`,
   * `mail-off`, `limit-reached`, or `encryption-key-missing`.
   */
  async add(
    userId: string,
    id: string,
    wish: ChannelWish & ChannelChoices,
    client: Client,
  ): Promise<AddedChannel> {
    const { store, keys, canMail } = this.#deps;
    const { kind, name, minSeverity, mutedTypes, isDigest, isEscalation, isOn } = wish;
    const { target, secret } = channelAddress(wish);
    if (kind === 'email' && !canMail)
      throw new Problem('mail-off', 'This server sends no e-mail: its settings name no mail server.');
    const signingSecret =
      kind === 'webhook' ? `whsec_${randomBytes(SIGNING_SECRET_BYTES).toString('base64')}` : undefined;
    const sealed =
      secret && sealChannelSecret(keys, id, { ...secret, ...(signingSecret && { signingSecret }) });
    const choices = { name, minSeverity, mutedTypes, isDigest, isEscalation, isOn };
    const added = await store.add({ ...choices, id, userId, kind, target, secret: sealed }, MOST_CHANNELS);
    if (added === false)
      throw new Problem('limit-reached', `You have ${MOST_CHANNELS} channels; remove one first.`, {
        limit: MOST_CHANNELS,
      });
    if (added === 'added')
      await this.#record(userId, client, {
        type: 'notification-channel-added',
        description: `Notifications are sent to another channel: ${kind}, "${name}".`,
        details: { channelId: id, kind, name },
      });
    return { channel: await this.get(userId, id), signingSecret };
  }

  /** Throws `not-found`. */
  async get(userId: string, id: string): Promise<StoredChannel> {
    const channel = await this.#deps.store.find(userId, id);
    if (!channel) throw notFound();
    return channel;
  }

  /** Changes choices and returns the channel. Throws `not-found`. */
  async change(
    userId: string,
    id: string,
    changes: Partial<ChannelChoices>,
    precondition?: Precondition<StoredChannel>,
  ): Promise<StoredChannel> {
    if (!(await this.#deps.store.change(userId, id, changes, precondition))) throw notFound();
    return this.get(userId, id);
  }

  /** Removes a channel, and what waits for it. Throws `not-found`. */
  async remove(userId: string, id: string, client: Client): Promise<void> {
    if (!(await this.#deps.store.remove(userId, id))) throw notFound();
    await this.#record(userId, client, {
      type: 'notification-channel-removed',
      description: 'A channel of notifications was removed.',
      details: { channelId: id },
    });
  }

  /** Sends a message through a channel, or by e-mail when none is named, and returns what came of it. Throws `not-found`. */
  async test(userId: string, channelId: string | undefined): Promise<Attempt> {
    const { recipients, senders, keys, clock } = this.#deps;
    const channel = channelId === undefined ? undefined : await this.get(userId, channelId);
    const recipient = present((await recipients.find([userId]))[0], 'the person who asks');
    const { kind = 'email', secret } = channel ?? {};
    const id = randomUUIDv7();
    const createdAt = new Date(clock()).toISOString();
    const item = { id, type: 'test', severity: 'info', createdAt, ...TEST[recipient.language] } as const;
    return senders.send({
      id,
      kind,
      secret: channel && secret ? openChannelSecret(keys, channel.id, secret) : {},
      recipient,
      message: messageOf([item]),
    });
  }

  /** When a person wants to be notified. */
  settingsOf(userId: string): Promise<NotificationSettings> {
    return this.#deps.settings.of(userId);
  }

  /** Changes when they want to be notified, and returns all of it. What is collected already is sent as it was planned. */
  changeSettings(
    userId: string,
    changes: Partial<NotificationSettings>,
    precondition?: Precondition<NotificationSettings>,
  ): Promise<NotificationSettings> {
    return this.#deps.settings.change(userId, changes, precondition);
  }

  #record(
    userId: string,
    client: Client,
    fact: {
      readonly type: string;
      readonly description: string;
      readonly details: Readonly<Record<string, string>>;
    },
  ): Promise<void> {
    return this.#deps.journal.record(securityFact(client, { ...fact, severity: 'warning', userId }));
  }
}

function notFound(): Problem {
  return new Problem('not-found', 'There is no such channel.');
}
