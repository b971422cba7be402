/** Receivers that want nothing more: their channel is turned off, and its person is notified of that, over the others. */

import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Settings } from '../../people/settings.ts';
import type { ChannelStore, StoredChannel } from '../channels/channel-store.ts';
import type { Recipient } from '../recipient-store.ts';

export interface GoneReceiversDependencies {
  readonly channels: Pick<ChannelStore, 'turnOff'>;
  readonly settings: Pick<Settings, 'dropWebhook'>;
  readonly journal: Pick<Journal, 'wake'>;
}

export class GoneReceivers {
  readonly #deps: GoneReceiversDependencies;

  constructor(deps: GoneReceiversDependencies) {
    this.#deps = deps;
  }

  /** Turns a channel off, or removes the webhook of `/settings`, unless that has happened. */
  async turnOff(recipient: Recipient, channel: StoredChannel | undefined, said: string): Promise<void> {
    const { channels, settings, journal } = this.#deps;
    const { userId, notifyWebhookUrl } = recipient;
    const entry = entryOf(userId, channel, said);
    const isNews = channel
      ? await channels.turnOff(channel.id, `The receiver wants no more messages (${said}).`, entry)
      : notifyWebhookUrl !== undefined && (await settings.dropWebhook(userId, notifyWebhookUrl, entry));
    if (isNews) journal.wake();
  }
}

function entryOf(userId: string, channel: StoredChannel | undefined, said: string): JournalEntry {
  const what = channel ? `the channel "${channel.name}"` : 'the webhook of your settings';
  const remedy = channel ? 'Turn it on again once it takes them' : 'Set it again once it takes them';
  return {
    category: 'system',
    type: 'notification-channel-off',
    severity: 'warning',
    userId,
    description: `Notifications are not sent to ${what} any more: its receiver wants none (${said}). ${remedy}.`,
    details: {
      kind: channel?.kind ?? 'webhook',
      answer: said,
      ...(channel && { channelId: channel.id, name: channel.name }),
    },
  };
}
