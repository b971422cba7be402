/** Exposure that is taken away while orders and closes are in flight: what is ended, what stays, and what is asked for again. */

import { beforeEach, describe, expect, it } from 'vitest';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Effect } from './effect.ts';

const SECOND = 1_000;

const MARKET: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
};
const LIMIT: OrderTerms = { ...MARKET, orderType: 'limit', price: 109_000, timeInForce: 'GTC' };
const STOP_LOSS: OrderTerms = { ...LIMIT, orderType: 'stop_loss', side: 'sell' };

let account: TestAccount;

beforeEach(() => {
  account = new TestAccount();
  account.quote(0, 110_000);
});

/** Opens a lot of 1,000 EUR_USD and returns its number. */
function openLot(id: string, terms: Partial<OrderTerms> = {}): number {
  const request = { id, terms: { ...MARKET, ...terms }, decidedAt: TEN_O_CLOCK };
  account.show(account.log.acceptAndFill(request, 110_010));
  return account.engine.ledger.lastTransactionId;
}

function send(id: string, terms: OrderTerms, rest: Partial<OrderRequest> = {}): OrderRequest {
  const effects = account.engine.step({
    type: 'order-requested',
    request: { id, terms, decidedAt: TEN_O_CLOCK, ...rest },
  });
  const [sent] = only(effects, 'submit-order');
  if (!sent) throw new Error(`${id} was not sent: ${JSON.stringify(effects)}`);
  return sent.request;
}

/** Another program's limit comes to rest; returns its number. */
function restElsewhere(): number {
  const id = account.engine.ledger.lastTransactionId + 1;
  const head = { id, batchId: id, at: TEN_O_CLOCK };
  account.show([{ ...head, type: 'order-created', terms: LIMIT, reason: 'client' }]);
  return id;
}

const cancels = (effects: readonly Effect[]): number[] =>
  only(effects, 'cancel-order').map(({ brokerOrderId }) => brokerOrderId);
const closes = (effects: readonly Effect[]): number[] =>
  only(effects, 'close-position').map(({ request }) => request.brokerPositionId);

describe("another program's order that rests", () => {
  it('is left to it by a halt, and cancelled by a kill', () => {
    const orderId = restElsewhere();

    expect(cancels(account.engine.step({ type: 'halt' }))).toEqual([]);
    expect(cancels(account.engine.step({ type: 'kill' }))).toEqual([orderId]);
  });
});

describe('a kill', () => {
  it('leaves protection alone that is on its way: until the close has taken effect it protects', () => {
    const protects = openLot('o');
    const stop = send('stop', STOP_LOSS, { protects });

    expect(closes(account.engine.step({ type: 'kill' }))).toEqual([protects]);
    expect(cancels(account.show(account.log.accept(stop)))).toEqual([]);
  });

  it('asks for a failed close again at a quote of the instrument itself', () => {
    const pound = openLot('o', { instrument: 'GBP_USD' });
    const [close] = only(account.engine.step({ type: 'kill' }), 'close-position');
    account.engine.step({ type: 'request-refused', requestId: close?.request.id ?? '' });

    expect(account.quote(61 * SECOND, 110_000)).toEqual([]);
    expect(closes(account.quote(62 * SECOND, 125_000, { instrument: 'GBP_USD' }))).toEqual([pound]);
  });

  it('waits for nothing more once its position is closed by something else', () => {
    const lot = openLot('o');
    const [close] = only(account.engine.step({ type: 'kill' }), 'close-position');
    account.engine.step({ type: 'request-refused', requestId: close?.request.id ?? '' });
    const request = { id: 'elsewhere', brokerPositionId: lot, decidedAt: TEN_O_CLOCK };
    account.show(account.log.close(request, 110_000));
    account.quote(SECOND, 110_000);

    expect(account.engine.saveState()).toMatchObject({ closings: [] });
    expect(account.engine.skimmableUntil('EUR_USD', account.engine.at)).toBeGreaterThan(0);
  });
});

/** The first close of the position that the kill asks for. */
function killed(): CloseRequest {
  const [close] = only(account.engine.step({ type: 'kill' }), 'close-position');
  if (!close) throw new Error('nothing was to be closed');
  return close.request;
}

describe('a close that a kill asked for', () => {
  it('is followed at once by another where it left units open', () => {
    const lot = openLot('o');
    const request = killed();

    const left = account.show(account.log.close({ ...request, units: 400 }, 110_000));

    expect(closes(left)).toEqual([lot]);
  });

  it('is over when the position is closed, before any other quote', () => {
    openLot('o');
    account.show(account.log.close(killed(), 110_000));

    expect(account.engine.saveState()).toMatchObject({ closings: [] });
  });

  it('is not made up for when the position is gone by the time that the close before it is lost', () => {
    const brokerPositionId = openLot('o');
    const part = { id: 'part', brokerPositionId, units: 100, decidedAt: TEN_O_CLOCK };
    account.engine.step({ type: 'close-requested', request: part });
    expect(closes(account.engine.step({ type: 'kill' }))).toEqual([]);
    account.show(account.log.close({ ...part, id: 'elsewhere', units: undefined }, 110_000));

    expect(account.engine.step({ type: 'outcome-unknown', requestId: 'part' })).toEqual([]);
  });
});

describe('an order in flight that is to be ended', () => {
  it.each([
    ['a kill and a cancel', ['kill', 'cancel']],
    ['a cancel and a kill', ['cancel', 'kill']],
    ['a kill and a resume', ['kill', 'resume']],
    ['a halt and a kill', ['halt', 'kill']],
  ] as const)('is closed when it fills after %s', (_case, events) => {
    const request = send('p', MARKET);
    for (const type of events)
      account.engine.step(type === 'cancel' ? { type: 'cancel-requested', orderId: 'p' } : { type });

    expect(closes(account.show(account.log.acceptAndFill(request, 110_010)))).toHaveLength(1);
  });

  it.each(['kill', 'halt'] as const)('is cancelled when it rests after a %s and a cancel', (type) => {
    const request = send('p', LIMIT);
    account.engine.step({ type });
    account.engine.step({ type: 'cancel-requested', orderId: 'p' });
    account.engine.step({ type: 'resume' });

    expect(cancels(account.show(account.log.accept(request)))).toHaveLength(1);
  });

  it('leaves nothing to one of its id that is sent after it was refused', () => {
    send('p', LIMIT);
    account.engine.step({ type: 'cancel-requested', orderId: 'p' });
    account.engine.step({ type: 'request-refused', requestId: 'p' });

    expect(account.show(account.log.accept(send('p', LIMIT)))).toEqual([]);
  });

  it('closes what it opens itself and nothing else, when its strategy ends', () => {
    openLot('person');
    account.attach(new ScriptedStrategy());
    account.show(account.log.accept({ id: 'p', terms: LIMIT, strategyId: 's', decidedAt: TEN_O_CLOCK }));
    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'close' });

    const effects = account.show(account.log.fill('p', 109_000));

    expect(closes(effects)).toEqual([account.engine.ledger.lastTransactionId]);
  });
});
