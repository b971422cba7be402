/** A notification as it goes over the wire. */

import { Type } from 'typebox';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';
import type { Static } from 'typebox';
import type { StoredNotification } from './notification-store.ts';

export const NotificationView = namedObject('Notification', {
  id: Id,
  type: Type.String({ description: 'The type of its journal entry.', examples: ['order-filled'] }),
  severity: Type.Enum(SEVERITIES),
  title: Type.String({ description: "One line, in the person's language." }),
  message: Type.String({ description: 'Some lines: what it is about, and what the journal says.' }),
  sequence: orNull(
    Type.Integer({
      description: 'The number of its journal entry; null when that is not kept any more.',
    }),
  ),
  accountId: orNull(Id),
  strategyId: orNull(Id),
  createdAt: Instant,
  readAt: orNull({ ...Instant, description: 'Null while it is unread.' }),
});

export function notificationView(notification: StoredNotification): Static<typeof NotificationView> {
  const { id, type, severity, title, message } = notification;
  return {
    id,
    type,
    severity,
    title,
    message,
    sequence: notification.sequence ?? null,
    accountId: notification.accountId ?? null,
    strategyId: notification.strategyId ?? null,
    createdAt: instantText(notification.createdAt),
    readAt: instantTextOrNull(notification.readAt),
  };
}
