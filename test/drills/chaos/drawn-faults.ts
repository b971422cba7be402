/** Faults of the simulator, drawn at random. Each is one that OANDA, or a network before it, is known to have. */
import type { Fault } from '../../../src/brokers/simulator/faults/fault.ts';
import { LATEST_MS, MARKET_SPEED } from './pace.ts';
import type { Draw } from './draw.ts';

/** The server reads no closed trade and no filled or cancelled order by itself: it has them from the log. */
export const MEETS_NOTHING = 'closed-hidden';

/** A type of transaction that OANDA does not have yet. */
export const UNKNOWN_TYPE = 'SOMETHING_NEW';

/** A fault to arm; one that lasts until it is removed says when that is. */
export interface DrawnFault {
  readonly fault: Fault;
  readonly lastsMs?: number;
}

/** Requests that change something. */
const CHANGES = [
  { method: 'POST', path: '/orders' },
  { method: 'PUT', path: '/orders/*' },
  { method: 'PUT', path: '/orders/*/cancel' },
  { method: 'PUT', path: '/trades/*/close' },
  { method: 'PUT', path: '/trades/*/orders' },
] as const;
const READS = [
  { method: 'GET' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/transactions/sinceid' },
] as const;
const STREAMS = [{ path: '/pricing/stream' }, { path: '/transactions/stream' }] as const;
const INSTRUMENTS = ['EUR_USD', 'USD_JPY'] as const;

type DrawFault = (draw: Draw) => DrawnFault;

/** What happens to requests: most of what may lose an order or send it twice. */
const OF_REQUESTS: readonly DrawFault[] = [
  (draw) => ({ fault: { fault: 'request-lost', count: draw.whole(1, 2), ...target(draw) } }),
  (draw) => ({ fault: { fault: 'answer-lost', count: draw.whole(1, 2), ...target(draw) } }),
  (draw) => ({ fault: { fault: 'answer-lost', count: 1, ...draw.oneOf(CHANGES) } }),
  (draw) => ({
    fault: { fault: 'request-delayed', count: 1, ...draw.oneOf(CHANGES), delayMs: draw.whole(50, LATEST_MS) },
  }),
  (draw) => ({
    fault: { fault: 'answer-delayed', count: 1, ...target(draw), delayMs: draw.whole(50, LATEST_MS) },
  }),
  (draw) => ({
    fault: {
      fault: 'status',
      count: 1,
      ...target(draw),
      status: draw.oneOf([500, 502, 503, 504]),
      body: draw.oneOf(['json', 'html']),
      applied: draw.chance(50),
    },
  }),
  (draw) => ({
    fault: { fault: 'status', count: 1, ...target(draw), status: 429, retryAfter: draw.whole(0, 1) },
  }),
  // Few enough to be false, or a burst that is believed: after that the account waits.
  (draw) => ({
    fault: {
      fault: 'status',
      count: draw.chance(10) ? draw.whole(3, 6) : draw.whole(1, 2),
      ...draw.oneOf(READS),
      status: draw.oneOf([401, 403, 404]),
    },
  }),
];

/** What is read, streams, connections and markets. */
const OTHERS: readonly DrawFault[] = [
  // Less than the time between two looks at an account: OANDA's lag is, too. It is time of the market.
  (draw) => ({
    fault: {
      fault: 'read-lag',
      count: draw.whole(1, 3),
      path: '/',
      lagMs: draw.whole(100, 900) * MARKET_SPEED,
    },
  }),
  (draw) => ({ fault: { fault: 'closed-hidden', count: draw.whole(1, 3) } }),
  (draw) => ({
    fault: { fault: 'sinceid-truncated', count: draw.whole(1, 2), transactions: draw.whole(0, 3) },
  }),
  (draw) => ({ fault: { fault: 'unknown-fields', count: draw.whole(1, 20) } }),
  (draw) => ({ fault: { fault: 'null-members', count: draw.whole(1, 20) } }),
  (draw) => ({ fault: { fault: 'legacy-spellings', count: draw.whole(1, 20) } }),
  (draw) => ({ fault: { fault: 'numeric-ids', count: draw.whole(1, 20) } }),
  () => ({ fault: { fault: 'unknown-transaction', type: UNKNOWN_TYPE } }),
  (draw) => ({ fault: { fault: 'stream-stalled', count: draw.whole(1, 30), ...draw.oneOf(STREAMS) } }),
  (draw) => ({ fault: { fault: 'heartbeats-only', count: draw.whole(1, 10), ...draw.oneOf(STREAMS) } }),
  (draw) => ({ fault: { fault: 'stream-cut', count: 1, ...draw.oneOf(STREAMS) } }),
  (draw) => ({ fault: { fault: 'stream-ended', count: 1, ...draw.oneOf(STREAMS) } }),
  (draw) => ({
    fault: {
      fault: 'stream-joined',
      count: draw.whole(1, 5),
      lines: draw.whole(2, 4),
      ...draw.oneOf(STREAMS),
    },
  }),
  (draw) => ({
    fault: {
      fault: 'stream-split',
      count: draw.whole(1, 20),
      bytes: draw.whole(1, 200),
      ...draw.oneOf(STREAMS),
    },
  }),
  (draw) => ({ fault: { fault: 'streams-refused', count: 1, ...draw.oneOf(STREAMS) } }),
  (draw) => ({ fault: { fault: 'connections-refused', count: draw.whole(1, 2) } }),
  (draw) => ({ fault: { fault: 'connections-limited', perSecond: 2 }, lastsMs: draw.whole(500, 3_000) }),
  (draw) => ({
    fault: { fault: 'halted', instrument: draw.oneOf(INSTRUMENTS) },
    lastsMs: draw.whole(500, 3_000),
  }),
  (draw) => ({
    fault: { fault: 'side-empty', instrument: draw.oneOf(INSTRUMENTS), side: draw.oneOf(['bids', 'asks']) },
    lastsMs: draw.whole(500, 3_000),
  }),
];

/** Draws a fault. */
export function drawFault(draw: Draw): DrawnFault {
  return draw.oneOf(draw.chance(50) ? OF_REQUESTS : OTHERS)(draw);
}

function target(draw: Draw) {
  return draw.chance(70) ? draw.oneOf(CHANGES) : draw.oneOf(READS);
}
