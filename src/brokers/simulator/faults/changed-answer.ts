/** Changes JSON answers as armed faults say: what is left out of them, and their shape. */

import type { FastifyReply } from 'fastify';
import { parseTime } from '../wire/time.ts';
import { matchesPath } from './fault-path.ts';
import { inOddShape, ODD_SHAPES } from './odd-shapes.ts';
import type { Simulator } from '../simulator.ts';
import type { FaultPlan, FaultTarget } from './fault-plan.ts';

export interface AnswerContext {
  readonly target: FaultTarget;
  readonly reply: FastifyReply;
  readonly simulator: Simulator;
  readonly faults: FaultPlan;
}

type Body = Record<string, unknown>;

const CONTENT_FAULTS = ['read-lag', 'closed-hidden', 'sinceid-truncated', ...ODD_SHAPES] as const;

/** Where orders and trades are read one by one or in lists; `/` is the account, which lists both. */
const READS = ['/', '/orders', '/orders/*', '/pendingOrders', '/trades', '/trades/*', '/openTrades'];

/** Returns the answer's text after all faults that it meets. */
export function changedAnswer(text: string, context: AnswerContext): string {
  const { faults, target } = context;
  if (!faults.find(CONTENT_FAULTS, target) || !text.startsWith('{')) return text;
  let body: unknown = hide(JSON.parse(text) as Body, context);
  for (const shape of ODD_SHAPES) if (faults.take([shape], target)) body = inOddShape(shape, body);
  return JSON.stringify(body);
}

function hide(body: Body, context: AnswerContext): Body {
  const { faults, target, simulator } = context;
  if (target.method !== 'GET') return body;
  if (matchesPath('/transactions/sinceid', target.path)) return truncate(body, context);
  if (!READS.some((pattern) => matchesPath(pattern, target.path))) return body;
  const lag = faults.take(['read-lag'], target);
  // The account lists what is open or waits, and nothing else.
  const isClosedHidden = !('account' in body) && faults.take(['closed-hidden'], target) !== undefined;
  const until = lag && (lag.fault.lagMs === undefined ? lag.armedAt : simulator.now() - lag.fault.lagMs);
  const isHidden = (item: Body): boolean => {
    const { state, createTime, openTime } = item;
    const madeAt = parseTime(String(createTime ?? openTime)) ?? -Infinity;
    return (until !== undefined && madeAt > until) || (isClosedHidden && isOver(state));
  };
  return 'account' in body
    ? { ...body, account: listedWithout(body['account'] as Body, isHidden) }
    : without(body, context, isHidden);
}

function isOver(state: unknown): boolean {
  return state === 'FILLED' || state === 'CANCELLED' || state === 'CLOSED';
}

/** A page that ends early states the log's end all the same. */
function truncate(body: Body, { faults, target }: AnswerContext): Body {
  const { transactions } = body;
  if (!Array.isArray(transactions)) return body;
  const truncating = faults.take(['sinceid-truncated'], target);
  return truncating ? { ...body, transactions: transactions.slice(0, truncating.fault.transactions) } : body;
}

function without(body: Body, { reply }: AnswerContext, isHidden: (item: Body) => boolean): Body {
  for (const [single, errorCode, errorMessage] of MISSING) {
    if (single in body && isHidden(body[single] as Body)) {
      void reply.status(404);
      return { errorCode, errorMessage, lastTransactionID: body['lastTransactionID'] };
    }
  }
  return listedWithout(body, isHidden);
}

function listedWithout(body: Body, isHidden: (item: Body) => boolean): Body {
  const kept = Object.entries(body).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.filter((item: Body) => !isHidden(item)) : value,
  ]);
  return Object.fromEntries(kept) as Body;
}

const MISSING = [
  ['order', 'NO_SUCH_ORDER', 'The order ID specified does not exist'],
  ['trade', 'NO_SUCH_TRADE', 'The trade ID specified does not exist'],
] as const;
