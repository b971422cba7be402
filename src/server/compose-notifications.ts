/** What notifies people. */

import { NotificationFeed } from '../notifications/notification-feed.ts';
import { Notifications } from '../notifications/notifications.ts';
import { Notifier } from '../notifications/notifier.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../process/log.ts';
import type { Stores } from './compose-stores.ts';

/** What it is made of. */
export interface NotificationParts {
  readonly stores: Pick<Stores, 'notifications' | 'recipients'>;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly log: Log;
}

/** Makes what notifies people. */
export function makeNotifications({ stores, journal, clock, log }: NotificationParts) {
  const store = stores.notifications;
  const notificationFeed = new NotificationFeed({ store, log });
  return {
    notifications: new Notifications({ store, clock }),
    notificationFeed,
    notifier: new Notifier({
      journal,
      store,
      recipients: stores.recipients,
      onStored: () => notificationFeed.wake(),
      log,
    }),
  };
}
