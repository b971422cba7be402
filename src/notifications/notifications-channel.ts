/** The channel `notifications`: what a person is notified of from now on. */

import { channelFrames } from '../stream/channel.ts';
import { NotificationView, notificationView } from './notification-view.ts';
import type { Static } from 'typebox';
import type { Channel } from '../stream/channel.ts';
import type { NotificationFeed } from './notification-feed.ts';

export const NotificationsFrames = channelFrames({
  name: 'notifications',
  description: 'What I am notified of from now on. `GET /notifications` has the earlier ones.',
  parameters: {},
  example: {},
  data: NotificationView,
  extra: {},
});

type NotificationFrame = Static<typeof NotificationsFrames.data>;

export function notificationsChannel(feed: NotificationFeed): Channel {
  return {
    frames: NotificationsFrames,
    authorize: () => feed.prepare(),
    open: (_frame, { userId, outbox }) => ({
      end: feed.listen(userId, (notification) =>
        outbox.send({
          type: 'data',
          channel: 'notifications',
          data: notificationView(notification),
        } satisfies NotificationFrame),
      ),
    }),
  };
}
