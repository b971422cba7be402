/** The requests in flight: what may have reached the broker counts as if it had. */

import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { InFlight } from './in-flight.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';

function inFlightWith(...requests: readonly (OrderRequest | CloseRequest)[]): InFlight {
  const inFlight = new InFlight();
  for (const request of requests) inFlight.add(request);
  return inFlight;
}

const order = (id: string, terms: Partial<OrderTerms> = {}, strategyId?: string): OrderRequest => ({
  id,
  strategyId,
  terms: {
    instrument: 'EUR_USD',
    orderType: 'market',
    side: 'sell',
    units: 1_000,
    timeInForce: 'FOK',
    ...terms,
  },
  decidedAt: 0,
});
const close = (id: string, rest: Partial<CloseRequest> = {}): CloseRequest => ({
  id,
  brokerPositionId: 4,
  decidedAt: 0,
  ...rest,
});

describe('a request in flight', () => {
  it.each([
    [order('a'), close('a')],
    [close('a'), order('a')],
  ])('takes no other of its id', (first, second) => {
    const inFlight = inFlightWith(first);

    expect(inFlight.has('a')).toBe(true);
    expect(() => inFlight.add(second)).toThrow(InvariantError);
  });

  it.each([order('a', {}, 's'), close('a', { strategyId: 's' })])(
    'is in flight until it is settled, and is its strategy’s',
    (request) => {
      const inFlight = inFlightWith(request);

      expect([inFlight.isEmpty, inFlight.hasAnyOf('s'), inFlight.hasAnyOf('other')]).toEqual([
        false,
        true,
        false,
      ]);
      expect(inFlight.settle('a')).toBe(request);
      expect([inFlight.isEmpty, inFlight.hasAnyOf('s')]).toEqual([true, false]);
      expect(inFlight.settle('a')).toBeUndefined();
    },
  );
});

describe('a close in flight', () => {
  it('asks for its units, and for all where it names none', () => {
    const inFlight = inFlightWith(close('a', { units: 300 }), close('b', { units: 200 }));
    expect([inFlight.unitsClosing(4), inFlight.unitsClosing(5)]).toEqual([500, 0]);

    inFlight.add(close('c'));
    expect(inFlight.unitsClosing(4)).toBe(Infinity);
  });

  it('may still be answered until its outcome is unknown, and so may another of its id after it', () => {
    const inFlight = inFlightWith(close('a'));
    expect([inFlight.isCloseUnanswered(4), inFlight.isCloseUnanswered(5)]).toEqual([true, false]);

    inFlight.noteUnknown('a');
    expect(inFlight.isCloseUnanswered(4)).toBe(false);
    inFlight.settle('a');
    inFlight.noteUnknown('a');
    inFlight.add(close('a'));
    expect(inFlight.isCloseUnanswered(4)).toBe(true);
  });

  it('of a net position closes the lots of its side and instrument', () => {
    const inFlight = inFlightWith(order('a', { positionFill: 'REDUCE_ONLY' }));

    expect(inFlight.isClosingOut('EUR_USD', 'long')).toBe(true);
    expect(inFlight.isClosingOut('EUR_USD', 'short')).toBe(false);
    expect(inFlight.isClosingOut('GBP_USD', 'long')).toBe(false);
    expect(inFlightWith(order('a')).isClosingOut('EUR_USD', 'long')).toBe(false);
  });
});
