import { describe, expect, it } from 'vitest';
import { inOddShape } from './odd-shapes.ts';

const FILL = {
  id: '8',
  type: 'ORDER_FILL',
  accountID: '101-004-1435156-001',
  clientOrderID: '77',
  requestID: '18446744073709551615',
  homeConversionFactors: { gainQuoteHome: { factor: '1' } },
  tradesClosed: [{ tradeID: '5', units: '-10' }],
};
const ORDER = {
  id: '7',
  type: 'LIMIT_ORDER',
  timeInForce: 'GTC',
  positionFill: 'REDUCE_ONLY',
  triggerCondition: 'DEFAULT',
  clientExtensions: { id: '12' },
};
const ANSWER = { transactions: [ORDER, FILL], relatedTransactionIDs: ['7', '8'], lastTransactionID: '8' };

describe('an answer in an odd shape', () => {
  it('is a copy: the answer itself stays as it is', () => {
    const before = structuredClone(ANSWER);

    for (const shape of ['unknown-fields', 'null-members', 'legacy-spellings', 'numeric-ids'] as const)
      inOddShape(shape, ANSWER);

    expect(ANSWER).toEqual(before);
  });

  it('has a field more in every object', () => {
    const unknownField = { nested: [1, 'two', null] };

    expect(inOddShape('unknown-fields', { prices: [{ bid: '1' }], time: 't' })).toEqual({
      prices: [{ bid: '1', unknownField }],
      time: 't',
      unknownField,
    });
  });

  it('has numbers for the ids that OANDA gives, and text for all others', () => {
    expect(inOddShape('numeric-ids', ANSWER)).toEqual({
      transactions: [
        { ...ORDER, id: 7 },
        { ...FILL, id: 8, tradesClosed: [{ tradeID: 5, units: '-10' }] },
      ],
      relatedTransactionIDs: [7, 8],
      lastTransactionID: 8,
    });
  });

  it('has null where an optional member is absent, and where a factor may be', () => {
    expect(inOddShape('null-members', ANSWER)).toMatchObject({
      transactions: [
        { priceBound: null, stopLossOnFill: null, clientExtensions: { id: '12' } },
        { homeConversionFactors: { gainQuoteHome: null }, tradeOpened: null, clientOrderID: '77' },
      ],
    });
  });

  it('has the spellings of 2017', () => {
    expect(inOddShape('legacy-spellings', [ORDER, { type: 'PRICE', instrument: 'EUR_USD' }])).toEqual([
      {
        ...ORDER,
        positionFill: 'POSITION_REDUCE_ONLY',
        triggerCondition: 'TRIGGER_DEFAULT',
        partialFill: 'DEFAULT_FILL',
      },
      { instrument: 'EUR_USD' },
    ]);
  });
});
