/** A person's messages on their way: listed, and sent again when they were given up. */

import { Type } from 'typebox';
import { SEVERITIES } from '../../core/domain/journal-entry.ts';
import { principalOf } from '../../http/authenticate.ts';
import { pageParameters, pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { Id, Instant, instantText, instantTextOrNull, orNull } from '../../http/values.ts';
import { CHANNEL_KINDS } from '../channels/channel-store.ts';
import { KEPT_DAYS } from './deliveries.ts';
import { DELIVERY_STATES } from './delivery-store.ts';
import type { Static } from 'typebox';
import type { App } from '../../http/route.ts';
import type { Deliveries } from './deliveries.ts';
import type { StoredDelivery } from './delivery-store.ts';

export interface DeliveryRouteDependencies {
  readonly notificationDeliveries: Deliveries;
}

const DeliveryView = namedObject('NotificationDelivery', {
  id: Id,
  channelId: orNull({ ...Id, description: 'Null is the e-mail or the webhook of `/settings`.' }),
  kind: Type.Enum(CHANNEL_KINDS),
  state: Type.Enum(DELIVERY_STATES, { description: 'dead: given up.' }),
  severity: Type.Enum(SEVERITIES, { description: 'The highest of its notifications.' }),
  count: Type.Integer({ description: 'How many notifications it is about.' }),
  countsByType: Type.Record(Type.String(), Type.Integer()),
  attempts: Type.Integer(),
  nextAttemptAt: orNull({ ...Instant, description: 'Null when it has ended.' }),
  endedAt: orNull(Instant),
  lastAnswer: orNull(
    Type.String({ description: 'What the receiver said last, or why it could not be asked.' }),
  ),
});

const tags = ['notifications'];

export function registerDeliveryRoutes(
  app: App,
  { notificationDeliveries: deliveries }: DeliveryRouteDependencies,
): void {
  app.get('/notification-deliveries', {
    config: { access: 'user' },
    schema: {
      operationId: 'listNotificationDeliveries',
      summary: 'My messages to channels, newest first',
      description: `Those that have ended are kept for ${KEPT_DAYS} days.`,
      tags,
      querystring: Type.Object(
        { ...pageParameters, state: Type.Optional(Type.Enum(DELIVERY_STATES)) },
        { additionalProperties: false },
      ),
      response: { 200: pageSchema(DeliveryView) },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        deliveries.page(userId, request.query.state, page),
      );
      return { items: rows.map(deliveryView), nextCursor };
    },
  });

  app.post('/notification-deliveries/:id/send', {
    config: {
      access: 'user',
      thingOf: async (id, userId) => deliveryView(await deliveries.get(userId, id)),
      problems: ['not-found', 'conflict'],
    },
    schema: {
      operationId: 'sendNotificationDelivery',
      summary: 'Send a message again that was given up',
      tags,
      params: IdParams,
      response: { 200: DeliveryView },
    },
    handler: async (request) =>
      deliveryView(await deliveries.sendAgain(principalOf(request).userId, request.params.id)),
  });
}

function deliveryView(delivery: StoredDelivery): Static<typeof DeliveryView> {
  const { id, kind, state, message, attempt } = delivery;
  return {
    id,
    channelId: delivery.channelId ?? null,
    kind,
    state,
    severity: message.severity,
    count: message.count,
    countsByType: message.countsByType,
    attempts: attempt,
    nextAttemptAt: state === 'waiting' ? instantText(delivery.nextAttemptAt) : null,
    endedAt: instantTextOrNull(delivery.endedAt),
    lastAnswer: delivery.lastAnswer ?? null,
  };
}
