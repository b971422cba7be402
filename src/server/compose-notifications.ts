/** What notifies people, and sends it to where they want it. */

import { openSender } from './compose-email.ts';
import { Channels } from '../notifications/channels/channels.ts';
import { ChannelSenders } from '../notifications/delivery/channel-senders.ts';
import { Deliveries } from '../notifications/delivery/deliveries.ts';
import { GoneReceivers } from '../notifications/delivery/gone-receivers.ts';
import { Escalator } from '../notifications/escalation/escalator.ts';
import { PushCalls } from '../notifications/push/push-calls.ts';
import { PushKeys } from '../notifications/push/push-keys.ts';
import { Settings } from '../people/settings.ts';
import { MessagePlanner } from '../notifications/delivery/planner.ts';
import { NotificationFeed } from '../notifications/notification-feed.ts';
import { Notifications } from '../notifications/notifications.ts';
import { Notifier } from '../notifications/notifier.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../process/log.ts';
import type { MailConfig } from './compose-email.ts';
import type { Stores } from './compose-stores.ts';
import type { Config } from './config.ts';

export type NotificationConfig = MailConfig & Pick<Config, 'NOTIFY_PRIVATE_ADDRESSES' | 'TELEGRAM_URL'>;

/** What it is made of. */
export interface NotificationParts {
  readonly config: NotificationConfig;
  readonly stores: Stores;
  readonly journal: Journal;
  readonly keys: KeyRing;
  readonly clock: () => number;
  readonly log: Log;
}

/** Makes what notifies people. */
export function makeNotifications({ config, stores, journal, keys, clock, log }: NotificationParts) {
  const { notifications: store, recipients, notificationChannels, notificationDeliveries } = stores;
  const mail = openSender(config);
  const canMail = mail !== undefined;
  const pushKeys = new PushKeys({ store: stores.pushKeys, keys });
  const senders = new ChannelSenders({
    mail,
    push: new PushCalls({ keys: pushKeys, contact: contactOf(config), clock }),
    telegramUrl: config.TELEGRAM_URL,
    allowsPrivate: config.NOTIFY_PRIVATE_ADDRESSES,
    clock,
  });
  const deliveries = new Deliveries({
    store: notificationDeliveries,
    channels: notificationChannels,
    goneReceivers: new GoneReceivers({
      channels: notificationChannels,
      settings: new Settings({ store: stores.settings }),
      journal,
    }),
    recipients,
    senders,
    keys,
    clock,
    log,
  });
  const notificationFeed = new NotificationFeed({ store, log });
  const settings = stores.notificationSettings;
  const planner = new MessagePlanner({
    recipients,
    channels: notificationChannels,
    settings,
    canMail,
    clock,
  });
  return {
    pushKeys,
    notifications: new Notifications({ store, clock }),
    notificationFeed,
    notificationDeliveries: deliveries,
    notificationChannels: new Channels({
      store: notificationChannels,
      settings,
      recipients,
      senders,
      keys,
      journal,
      canMail,
      clock,
    }),
    messagePlanner: planner,
    escalator: new Escalator({
      store: stores.escalations,
      recipients,
      channels: notificationChannels,
      settings,
      canMail,
      onStored: () => deliveries.wake(),
      clock,
      log,
    }),
    notifier: new Notifier({
      journal,
      store,
      recipients,
      planner,
      onStored: () => {
        notificationFeed.wake();
        deliveries.wake();
      },
      log,
    }),
  };
}

/** Push services want an https or a mailto address. */
function contactOf({ PUBLIC_URL: url, MAIL_FROM: from }: NotificationConfig): string | undefined {
  if (url?.startsWith('https:')) return url;
  const address = from === undefined ? undefined : /[^\s<>]+@[^\s<>]+/.exec(from)?.[0];
  return address === undefined ? undefined : `mailto:${address}`;
}

/** Starts what runs by itself; it ends with the stack. */
export async function startNotifications(
  parts: Pick<
    ReturnType<typeof makeNotifications>,
    'notifier' | 'notificationFeed' | 'escalator' | 'notificationDeliveries' | 'pushKeys'
  >,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { notifier, notificationFeed, escalator, notificationDeliveries, pushKeys } = parts;
  await pushKeys.prepare();
  notifier.start();
  stack.defer(() => notifier.stop());
  stack.defer(() => notificationFeed.stop());
  notificationDeliveries.start();
  stack.defer(() => notificationDeliveries.stop());
  escalator.start();
  stack.defer(() => escalator.stop());
}
