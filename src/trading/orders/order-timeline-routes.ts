/** The timeline of an order: from the signal or the request to its positions and trades. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import { formatPrice } from '../../core/domain/instrument.ts';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { Id, Instant, instantTextOrNull, orNull } from '../../http/values.ts';
import { ActorView, actorView } from '../../journal/journal-entry-view.ts';
import { timelineOf } from './order-timeline.ts';
import type { App } from '../../http/route.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import type { TimelineStep } from './order-timeline.ts';
import type { OrderTimelineStore } from './order-timeline-store.ts';

export interface OrderTimelineRouteDependencies {
  readonly stores: { readonly orders: OrderStore; readonly orderTimelines: OrderTimelineStore };
}

const StepView = namedObject('OrderStep', {
  step: Type.String({
    examples: ['requested'],
    description:
      'signal, requested, checked (it passed the risk rules), denied, recorded, sent, accepted (by the broker), partially-filled, filled, changed, ' +
      'cancelled, expired, rejected, position-opened, trade-closed, …; created where the journal does not know the decision.',
  }),
  marketTime: orNull({ ...Instant, description: "By the clock of the account's market." }),
  recordedAt: orNull({ ...Instant, description: "By the server's clock." }),
  sincePreviousMs: orNull(
    Type.Integer({
      description: "Since the step before, by the server's clock; null where one of the times is missing.",
    }),
  ),
  sinceFirstMs: orNull(Type.Integer({ description: 'Since the first step that has a `recordedAt`.' })),
  sequence: orNull(Type.Integer({ description: 'The number of the journal entry.' })),
  requestId: orNull(Type.String()),
  actor: ActorView,
  brokerTransactionId: orNull(Type.String({ description: "The number in the broker's log." })),
  details: Type.Record(Type.String(), Type.Unknown()),
});

const TimelineView = namedObject('OrderTimeline', {
  orderId: Id,
  accountId: Id,
  strategyId: orNull(Id),
  status: Type.Enum(ORDER_STATUSES),
  steps: Type.Array(StepView),
});

export function registerOrderTimelineRoute(app: App, { stores }: OrderTimelineRouteDependencies): void {
  app.get('/orders/:id/timeline', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'getOrderTimeline',
      summary: 'An order step by step, from its signal or request to its fills and what followed',
      tags: ['orders'],
      params: IdParams,
      response: { 200: TimelineView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const order = await stores.orders.findOf(userId, request.params.id);
      if (!order) throw new Problem('not-found', 'You have no order with this id.');
      const steps = timelineOf(order, await stores.orderTimelines.tracesOf(order));
      return {
        orderId: order.id,
        accountId: order.accountId,
        strategyId: order.strategyId ?? null,
        status: order.status,
        steps: stepViews(order, steps, userId),
      };
    },
  });
}

function stepViews(
  order: StoredOrder,
  steps: readonly TimelineStep[],
  userId: string,
): Static<typeof StepView>[] {
  const first = steps.find(({ recordedAt }) => recordedAt !== undefined)?.recordedAt;
  return steps.map((step, index) => ({
    step: step.step,
    marketTime: instantTextOrNull(step.marketTime),
    recordedAt: instantTextOrNull(step.recordedAt),
    sincePreviousMs: between(steps[index - 1]?.recordedAt, step.recordedAt),
    sinceFirstMs: between(first, step.recordedAt),
    sequence: step.sequence ?? null,
    requestId: step.requestId ?? null,
    actor: step.actor ? actorView(step.actor, step.actor.userId === userId) : null,
    brokerTransactionId: step.transactionId === undefined ? null : String(step.transactionId),
    details: { ...step.details, ...fillDetails(order, step) },
  }));
}

function between(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : to - from;
}

function fillDetails(order: StoredOrder, { fill }: TimelineStep) {
  if (!fill) return {};
  const { units, openedUnits, remainingUnits = 0, price, bid, ask } = fill;
  return {
    units,
    openedUnits,
    remainingUnits,
    price: formatPrice(order, price),
    bid: formatPrice(order, bid),
    ask: formatPrice(order, ask),
  };
}
