/** Plans the messages about notifications that are about to be stored. */

import { isUrgent, planMessages } from './plan-messages.ts';
import type { ChannelStore } from '../channels/channel-store.ts';
import { DEFAULT_SETTINGS } from '../channels/notification-settings-store.ts';
import type { NotificationSettingsStore } from '../channels/notification-settings-store.ts';
import type { NewNotification } from '../notification-store.ts';
import type { RecipientStore } from '../recipient-store.ts';
import type { NotificationPlan } from './planned-message-store.ts';

const MINUTE_MS = 60_000;

export interface MessagePlannerDependencies {
  readonly recipients: Pick<RecipientStore, 'find'>;
  readonly channels: Pick<ChannelStore, 'listOfAll'>;
  readonly settings: Pick<NotificationSettingsStore, 'ofAll'>;
  /** Whether the server sends e-mail. */
  readonly canMail: boolean;
  readonly clock: () => number;
}

export class MessagePlanner {
  readonly #deps: MessagePlannerDependencies;

  constructor(deps: MessagePlannerDependencies) {
    this.#deps = deps;
  }

  /** Returns the messages to the channels of everyone who is notified. */
  async plan(notifications: readonly NewNotification[]): Promise<NotificationPlan> {
    const { recipients, channels, settings, canMail, clock } = this.#deps;
    const byUser = Map.groupBy(notifications, ({ userId }) => userId);
    const userIds = [...byUser.keys()];
    if (userIds.length === 0) return { messages: [], escalateAt: new Map() };
    const [people, allChannels, allSettings] = await Promise.all([
      recipients.find(userIds),
      channels.listOfAll(userIds),
      settings.ofAll(userIds),
    ]);
    const channelsByUser = Map.groupBy(allChannels, ({ userId }) => userId);
    const now = clock();
    const messages = people.flatMap((recipient) => {
      const { userId } = recipient;
      const person = {
        recipient,
        settings: allSettings.get(userId) ?? DEFAULT_SETTINGS,
        channels: channelsByUser.get(userId) ?? [],
      };
      return planMessages(byUser.get(userId) ?? [], person, { now, canMail });
    });
    const escalateAt = notifications.filter(isUrgent).flatMap(({ id, userId }) => {
      const { escalateAfterMinutes, escalateTimes } = allSettings.get(userId) ?? DEFAULT_SETTINGS;
      return escalateTimes === 0 ? [] : [[id, now + escalateAfterMinutes * MINUTE_MS] as const];
    });
    return { messages, escalateAt: new Map(escalateAt) };
  }
}
