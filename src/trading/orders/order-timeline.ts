/** The way of an order, step by step, put together from what was recorded of it. */

import { isRecord } from '../../core/shared/json.ts';
import type { Actor } from '../../core/shared/actor.ts';
import type { OrderFilled } from '../../core/domain/transaction.ts';
import type { StoredJournalEntry } from '../../journal/journal-store.ts';
import type { StoredOrder } from './order-store.ts';
import type { OrderTraces, RecordedTransaction } from './order-timeline-store.ts';

/** One step. Times are UTC ms: the market's clock, and ours; undefined where it is not known. */
export interface TimelineStep {
  readonly step: string;
  readonly marketTime?: number | undefined;
  readonly recordedAt?: number | undefined;
  /** The journal entry that says so. */
  readonly sequence?: number | undefined;
  readonly requestId?: string | undefined;
  readonly actor?: Actor | undefined;
  /** The number in the broker's log. */
  readonly transactionId?: number | undefined;
  readonly fill?: OrderFilled | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

const SAYS_FILLED: ReadonlySet<string> = new Set(['order-filled', 'order-partially-filled']);
const SAYS_DECIDED: ReadonlySet<string> = new Set(['order-submitted', 'order-denied']);
const SAYS_ENDED: ReadonlySet<string> = new Set(['order-cancelled', 'order-expired', 'order-rejected']);

/** Returns the steps of an order, in the order in which they were recorded. */
export function timelineOf(order: StoredOrder, traces: OrderTraces): readonly TimelineStep[] {
  const decision = traces.entries.find(({ type }) => SAYS_DECIDED.has(type));
  return [
    ...(decision ? decisionSteps(decision) : [createdStep(order)]),
    ...sentSteps(traces.entries),
    ...laterSteps(order, traces),
  ];
}

/** An order of which the journal does not know the decision: made at the broker, or so long ago. */
function createdStep({ submittedAt, createdAt }: StoredOrder): TimelineStep {
  return { step: 'created', marketTime: submittedAt, recordedAt: createdAt };
}

function decisionSteps(entry: StoredJournalEntry): readonly TimelineStep[] {
  const { details = {}, marketTime, occurredAt: recordedAt, sequence, requestId, actor } = entry;
  const recorded = { marketTime, recordedAt, sequence };
  const asked = askedStep(entry);
  if (entry.type === 'order-denied') {
    const { code, facts } = details;
    return [...asked, { step: 'denied', ...recorded, details: { code, facts } }];
  }
  return [
    ...asked,
    {
      step: 'checked',
      marketTime,
      recordedAt: timeFrom(details['checkedAt']),
      details: { quote: details['quote'] },
    },
    { step: 'recorded', ...recorded, requestId, actor },
  ];
}

function askedStep({ details = {}, requestId, actor }: StoredJournalEntry): readonly TimelineStep[] {
  const { signal, requestedAt } = details;
  if (isRecord(signal)) return [{ step: 'signal', marketTime: timeFrom(signal['at']), details: signal }];
  if (requestId === undefined) return [];
  return [{ step: 'requested', recordedAt: timeFrom(requestedAt), requestId, actor }];
}

function sentSteps(entries: readonly StoredJournalEntry[]): readonly TimelineStep[] {
  const sentAt = entries.map(({ details }) => timeFrom(details?.['sentAt'])).find((at) => at !== undefined);
  return sentAt === undefined ? [] : [{ step: 'sent', recordedAt: sentAt }];
}

function laterSteps(order: StoredOrder, { entries, transactions }: OrderTraces): readonly TimelineStep[] {
  const accepted = entries.find(({ type }) => type === 'order-accepted');
  const steps = transactions.flatMap((recorded) => transactionSteps(order, recorded, entries, accepted));
  const isSaid = (entry: StoredJournalEntry): boolean =>
    SAYS_DECIDED.has(entry.type) || SAYS_FILLED.has(entry.type) || entry === accepted;
  const others = entries.filter((entry) => !isSaid(entry)).map(entryStep);
  const recorded = [...steps, ...others].toSorted((a, b) => (a.recordedAt ?? 0) - (b.recordedAt ?? 0));
  // Its one time is the market's, which may be years from ours.
  return [...recorded, ...endStep(order, entries)];
}

function transactionSteps(
  order: StoredOrder,
  { transaction, recordedAt }: RecordedTransaction,
  entries: readonly StoredJournalEntry[],
  accepted: StoredJournalEntry | undefined,
): readonly TimelineStep[] {
  const { id: transactionId, at: marketTime } = transaction;
  const step = { marketTime, recordedAt, transactionId };
  if (transactionId === order.brokerOrderId)
    return [{ step: 'accepted', ...step, sequence: accepted?.sequence }];
  if (transaction.type !== 'order-filled') return [];
  const isPart = (transaction.remainingUnits ?? 0) > 0;
  const entry = entries.findLast((said) => SAYS_FILLED.has(said.type) && said.marketTime === marketTime);
  return [
    {
      step: isPart ? 'partially-filled' : 'filled',
      ...step,
      sequence: entry?.sequence,
      fill: transaction,
    },
  ];
}

function entryStep(entry: StoredJournalEntry): TimelineStep {
  const { type, marketTime, occurredAt: recordedAt, sequence, requestId, actor, details } = entry;
  // It is accepted once; then its terms or its number at the broker changed.
  const step = type === 'order-accepted' ? 'changed' : type.replace(/^order-/, '');
  return { step, marketTime, recordedAt, sequence, requestId, actor, details };
}

/** How it ended, where no entry says so. */
function endStep(order: StoredOrder, entries: readonly StoredJournalEntry[]): readonly TimelineStep[] {
  const { status, cancelledAt, reasonCode } = order;
  if (cancelledAt === undefined || entries.some(({ type }) => SAYS_ENDED.has(type))) return [];
  return [{ step: status, marketTime: cancelledAt, details: { reason: reasonCode } }];
}

function timeFrom(text: unknown): number | undefined {
  return typeof text === 'string' ? Date.parse(text) : undefined;
}
