/** What happens to an account besides prices, time and its log: requests of people, answers that are no transactions, commands. */

import { unreachable } from '../shared/assert.ts';
import { detach, halt, kill, resume } from './halting.ts';
import { changeProtection, closeOut, closePosition, submitOrder } from './requests.ts';
import { settle } from './settling.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenyEffect } from './effect.ts';
import type { EngineEvent } from './engine-event.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineState } from './engine-state.ts';

/** Takes an event that is neither a quote nor the time. */
export function takeEvent(
  parts: EngineParts,
  event: Exclude<EngineEvent, { readonly type: 'quote' | 'clock' }>,
): void {
  const { state, unwinding, strategies } = parts;
  switch (event.type) {
    case 'order-requested':
      if (state.inFlight.has(event.request.id)) return;
      return answer(state, submitOrder(state, event.request), {
        requestId: event.request.id,
        instrument: event.request.terms.instrument,
        request: event.request,
      });
    case 'close-requested':
      if (state.inFlight.has(event.request.id)) return;
      return answer(state, closePosition(state, event.request), { requestId: event.request.id });
    case 'close-out-requested':
      return answer(state, closeOut(state, event.request), { requestId: event.request.id });
    case 'cancel-requested':
      return cancel(parts, event.orderId);
    case 'protection-requested':
      return answer(state, changeProtection(state, event.request), {
        instrument: state.portfolio.ledger.openPositions.get(event.request.brokerPositionId)?.instrument,
      });
    case 'request-refused':
      return takeRefusal(parts, event.requestId);
    case 'outcome-unknown':
      return takeUnknown(parts, event.requestId);
    case 'cancel-unconfirmed':
      return unwinding.cancelAgain(event.brokerOrderId);
    case 'strategy-attached':
      return strategies.attach(event);
    case 'strategy-paused':
    case 'strategy-resumed':
      return strategies.setPaused(event.strategyId, event.type === 'strategy-paused');
    case 'strategy-draining':
      strategies.drain(event.strategyId);
      return unwinding.endEntries('cancel', event.strategyId);
    case 'strategy-detached':
      return detach(parts, event);
    case 'halt':
      return halt(parts);
    case 'kill':
      return kill(parts);
    case 'resume':
      return resume(parts);
    default:
      return unreachable(event);
  }
}

function takeRefusal(parts: EngineParts, id: string): void {
  settle(parts, { id, outcome: 'failed' });
  parts.unwinding.forgetOrder(id);
  // What waited for its end is carried out now, as after an end that the log shows.
  parts.strategies.run();
}

function takeUnknown({ state, unwinding }: EngineParts, id: string): void {
  const request = state.inFlight.noteUnknown(id);
  if (request && 'brokerPositionId' in request) unwinding.followUnknown(request.brokerPositionId);
}

/** An order whose answer is still out has no number to cancel it by: it is cancelled when it comes to rest. */
function cancel({ state, unwinding }: EngineParts, orderId: string): void {
  const denial = unwinding.cancel(orderId);
  if (denial === undefined || !unwinding.cancelInFlight(orderId))
    answer(state, denial, { requestId: orderId });
}

function answer(
  state: EngineState,
  denial: Denial | undefined,
  about: Pick<DenyEffect, 'requestId' | 'instrument' | 'request'>,
): void {
  if (denial) state.emit({ ...denial, ...about, type: 'deny', at: state.at });
}
