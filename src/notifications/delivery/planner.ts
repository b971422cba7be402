/** Plans the messages about notifications that are about to be stored. */

import { planMessages } from './plan-messages.ts';
import type { ChannelStore } from '../channels/channel-store.ts';
import { DEFAULT_SETTINGS } from '../channels/notification-settings-store.ts';
import type { NotificationSettingsStore } from '../channels/notification-settings-store.ts';
import type { NewNotification } from '../notification-store.ts';
import type { RecipientStore } from '../recipient-store.ts';
import type { PlannedMessage } from './delivery-store.ts';

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
  async plan(notifications: readonly NewNotification[]): Promise<readonly PlannedMessage[]> {
    const { recipients, channels, settings, canMail, clock } = this.#deps;
    const byUser = Map.groupBy(notifications, ({ userId }) => userId);
    const userIds = [...byUser.keys()];
    if (userIds.length === 0) return [];
    const [people, allChannels, allSettings] = await Promise.all([
      recipients.find(userIds),
      channels.listOfAll(userIds),
      settings.ofAll(userIds),
    ]);
    const channelsByUser = Map.groupBy(allChannels, ({ userId }) => userId);
    return people.flatMap((recipient) => {
      const { userId } = recipient;
      const person = {
        recipient,
        settings: allSettings.get(userId) ?? DEFAULT_SETTINGS,
        channels: channelsByUser.get(userId) ?? [],
      };
      return planMessages(byUser.get(userId) ?? [], person, { now: clock(), canMail });
    });
  }
}
