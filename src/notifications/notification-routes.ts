/** A person's notifications: listed, and marked as read. */

import { Type } from 'typebox';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { principalOf } from '../http/authenticate.ts';
import { pageParameters, pageSchema, readPage } from '../http/pagination.ts';
import { IdParams, namedObject } from '../http/schemas.ts';
import { Id } from '../http/values.ts';
import { KEPT_DAYS, MOST_COUNTED } from './notifications.ts';
import { NotificationView, notificationView } from './notification-view.ts';
import type { App } from '../http/route.ts';
import type { Notifications } from './notifications.ts';

export interface NotificationRouteDependencies {
  readonly notifications: Notifications;
}

const ListQuery = Type.Object(
  {
    ...pageParameters,
    unread: Type.Optional(Type.Boolean({ description: 'Only those that are not read.' })),
    minSeverity: Type.Optional(Type.Enum(SEVERITIES, { description: 'This severity and higher ones.' })),
  },
  { additionalProperties: false },
);

const UnreadCount = Type.Integer({
  minimum: 0,
  maximum: MOST_COUNTED,
  description: `How many are not read, ${MOST_COUNTED} at most.`,
});

const ListView = namedObject('NotificationPage', {
  ...pageSchema(NotificationView).properties,
  unreadCount: UnreadCount,
});

const tags = ['notifications'];

export function registerNotificationRoutes(app: App, { notifications }: NotificationRouteDependencies): void {
  app.get('/notifications', {
    config: { access: 'user' },
    schema: {
      operationId: 'listNotifications',
      summary: 'My notifications, newest first',
      description: `They are kept for ${KEPT_DAYS} days. New ones come over the WebSocket, on the channel \`notifications\`.`,
      tags,
      querystring: ListQuery,
      response: { 200: ListView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { unread = false, minSeverity = 'debug' } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        notifications.page(userId, { isUnread: unread, minSeverity }, page),
      );
      return {
        items: rows.map(notificationView),
        nextCursor,
        unreadCount: await notifications.countUnread(userId),
      };
    },
  });

  app.post('/notifications/:id/read', {
    config: { access: 'user', leavesNoEntry: true, problems: ['not-found'] },
    schema: {
      operationId: 'markNotificationRead',
      summary: 'Mark a notification as read',
      tags,
      params: IdParams,
      response: { 200: NotificationView },
    },
    handler: async (request) =>
      notificationView(await notifications.markRead(principalOf(request).userId, request.params.id)),
  });

  app.post('/notifications/read', {
    config: { access: 'user', leavesNoEntry: true, isBodyOptional: true, problems: ['not-found'] },
    schema: {
      operationId: 'markAllNotificationsRead',
      summary: 'Mark notifications as read',
      description: 'All of mine, or with `upTo` the one with this id and those before it.',
      tags,
      body: namedObject(
        'MarkNotificationsRead',
        {
          upTo: Type.Optional({
            ...Id,
            description: 'What comes in while the list is looked at stays unread.',
          }),
        },
        { additionalProperties: false, examples: [{}] },
      ),
      response: {
        200: namedObject('MarkedNotifications', {
          marked: Type.Integer({ description: 'How many were unread.' }),
        }),
      },
    },
    handler: async (request) => ({
      marked: await notifications.markAllRead(principalOf(request).userId, request.body.upTo),
    }),
  });
}
