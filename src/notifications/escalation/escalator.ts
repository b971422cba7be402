/** Sends critical notifications again until they are read, or were sent again as often as their person wants. */

import { Outage } from '../../process/outage.ts';
import { Periodic } from '../../process/periodic.ts';
import { planMessages } from '../delivery/plan-messages.ts';
import { escalationTitle } from './escalation-title.ts';
import type { Log } from '../../process/log.ts';
import type { ChannelStore, StoredChannel } from '../channels/channel-store.ts';
import type { NotificationSettingsStore } from '../channels/notification-settings-store.ts';
import type { RecipientStore } from '../recipient-store.ts';
import type { DueEscalation, EscalationStore } from './escalation-store.ts';

const LOOK_EVERY_MS = 10_000;
const AT_ONCE = 100;
const MINUTE_MS = 60_000;

export interface EscalatorDependencies {
  readonly store: EscalationStore;
  readonly recipients: Pick<RecipientStore, 'find'>;
  readonly channels: Pick<ChannelStore, 'listOf'>;
  readonly settings: Pick<NotificationSettingsStore, 'of'>;
  /** Whether the server sends e-mail. */
  readonly canMail: boolean;
  /** Called when messages were stored. */
  readonly onStored: () => void;
  readonly clock: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export class Escalator {
  readonly #deps: EscalatorDependencies;
  readonly #looking: Periodic;
  readonly #outage = new Outage();

  constructor(deps: EscalatorDependencies) {
    this.#deps = deps;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.escalateDue(),
      onFailure: (error) => {
        if (this.#outage.begin())
          deps.log.warn({ err: error }, 'unread critical notifications were not sent again; trying again');
      },
    });
  }

  start(): void {
    this.#looking.start();
    this.#looking.wake();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** Sends again what is due. */
  async escalateDue(): Promise<void> {
    const { store, clock, onStored, log } = this.#deps;
    const due = await store.due(clock(), AT_ONCE);
    let isStored = false;
    for (const notification of due) if (await this.#escalate(notification)) isStored = true;
    if (isStored) onStored();
    this.#outage.end(log, 'unread critical notifications are sent again');
  }

  async #escalate(notification: DueEscalation): Promise<boolean> {
    const { store, recipients, channels, settings, canMail, clock } = this.#deps;
    const { userId, escalations } = notification;
    const [[recipient], theirChannels, theirSettings] = await Promise.all([
      recipients.find([userId]),
      channels.listOf(userId),
      settings.of(userId),
    ]);
    const { escalateTimes, escalateAfterMinutes } = theirSettings;
    const attempt = escalations + 1;
    if (!recipient || attempt > escalateTimes) {
      await store.end(notification.id);
      return false;
    }
    const now = clock();
    const title = escalationTitle(notification.title, attempt, escalateTimes, recipient.language);
    const messages = planMessages(
      [{ ...notification, title }],
      { recipient, settings: theirSettings, channels: theirChannels.map(forEscalation) },
      { now, canMail, repeats: notification.id },
    );
    const nextAt = attempt === escalateTimes ? undefined : now + escalateAfterMinutes * MINUTE_MS;
    return store.escalate(notification, nextAt, messages);
  }
}

/** One that is not for this counts as turned off: the settings do not take its place. */
function forEscalation(channel: StoredChannel): StoredChannel {
  return channel.isEscalation ? channel : { ...channel, isOn: false };
}
