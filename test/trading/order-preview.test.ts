// POST /orders/preview: what an order would come to, and that asking changes nothing.
import { describe, expect, it } from 'vitest';
import { useServer } from '../support/test-server.ts';
import { addTrader } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();

interface Preview {
  readonly denials: readonly { readonly code: string }[];
  readonly mostUnits: readonly { readonly code: string; readonly units: number }[];
  readonly margin: { readonly needed: string; readonly availableAfter: string };
}

const previewOf = (trader: TestTrader, order: object = {}) =>
  trader.ask('POST', '/orders/preview', {
    accountId: trader.accountId,
    instrument: 'EUR_USD',
    side: 'buy',
    type: 'market',
    units: 1_000,
    ...order,
  });

const codes = ({ denials }: Preview) => denials.map(({ code }) => code);

describe('a preview', () => {
  it('is refused as the order would be', async () => {
    const trader = await addTrader(context.server);
    const other = await addTrader(context.server);

    const unreadable = await previewOf(trader, { units: 0.5 });
    const foreign = await previewOf(trader, { accountId: other.accountId });

    expect(unreadable.json()).toMatchObject({ status: 400, errors: [{ pointer: '/units' }] });
    expect(foreign.statusCode).toBe(404);
  });

  it('names every rule that would deny the order, also on a halted account', async () => {
    const trader = await addTrader(context.server, { limits: { maxOrderUnits: 500, maxSpreadPips: '0.5' } });
    await trader.ask('POST', `/accounts/${trader.accountId}/halt`, {});

    const answer = await previewOf(trader, { stopLoss: '1.2' });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ wouldBeSent: false, isHalted: true, isMarketOpen: true });
    expect(codes(answer.json())).toEqual([
      'order-units-exceeded',
      'account-halted',
      'stop-loss-on-wrong-side',
      'spread-too-wide',
    ]);
    expect(answer.json().denials[0]).toMatchObject({
      pointer: '/units',
      facts: { limit: { value: '500', unit: 'units' } },
    });
  });

  it('works without a quote, and says what it does not know', async () => {
    const trader = await addTrader(context.server);

    const preview = (await previewOf(trader, { instrument: 'GBP_USD' })).json();

    expect(codes(preview)).toEqual(['no-quote']);
    expect(preview).toMatchObject({ quote: null, margin: null, costs: null, exposure: null });
    expect(preview.fill).toMatchObject({ price: null, openedUnits: 1_000 });
  });

  it('says what the fill would cost, bind, risk and leave', async () => {
    const trader = await addTrader(context.server);

    const preview = (await previewOf(trader, { units: 10_000, stopLoss: '1.09510' })).json();

    expect(preview).toMatchObject({
      wouldBeSent: true,
      denials: [],
      quote: { bid: '1.10000', ask: '1.10010' },
      fill: { price: '1.10010', openedUnits: 10_000, longUnits: 10_000, shortUnits: 0 },
      costs: { spread: '1.0000' },
      // 10,000 units from 1.10010 to 1.09510
      lossAtStop: '50.0000',
      exposure: [{ currency: 'EUR', amount: '10000.0000' }, { currency: 'USD' }],
    });
    expect(Number(preview.costs.financingPerDay)).toBeLessThan(0);
  });

  it('agrees with the order that follows, and changes nothing before', async () => {
    const trader = await addTrader(context.server);
    const summary = async () => (await trader.ask('GET', `/accounts/${trader.accountId}/summary`)).json();
    const before = await summary();

    const preview: Preview = (await previewOf(trader, { units: 10_000 })).json();

    expect(await summary()).toEqual(before);
    expect((await trader.ask('GET', '/orders')).json().items).toEqual([]);
    await trader.order({ units: 10_000 });
    expect((await summary()).money.marginAvailable).toBe(preview.margin.availableAfter);
  });

  it('says how many units each limit allows: so many pass, and one more does not', async () => {
    const trader = await addTrader(context.server, {
      limits: { maxOrderUnits: 50_000, maxPositionUnits: 20_000, maxExposure: '30000' },
    });
    await trader.order({ units: 5_000 });

    const { mostUnits }: Preview = (await previewOf(trader)).json();

    expect(mostUnits).toContainEqual({ code: 'order-units-exceeded', units: 50_000 });
    expect(mostUnits).toContainEqual({ code: 'position-units-exceeded', units: 15_000 });
    expect(mostUnits.map(({ code }) => code)).toContain('insufficient-margin');
    for (const { code, units } of mostUnits) {
      expect(codes((await previewOf(trader, { units })).json()), code).not.toContain(code);
      expect(codes((await previewOf(trader, { units: units + 1 })).json())).toContain(code);
    }
  });

  it('judges an order that protects a position', async () => {
    const trader = await addTrader(context.server);
    const { id } = (await trader.order()).json();
    const [position] = (await trader.ask('GET', '/positions')).json().items;
    const stop = { accountId: trader.accountId, type: 'stop_loss', positionId: position.id };
    const ask = (price: string) => trader.ask('POST', '/orders/preview', { ...stop, price });

    const right = await ask('1.09');
    const wrong = await ask('1.2');

    expect(id).toBeDefined();
    expect(right.json()).toMatchObject({ wouldBeSent: true, fill: null, mostUnits: [] });
    expect(wrong.json().denials).toMatchObject([{ code: 'stop-loss-on-wrong-side', pointer: '/price' }]);
  });
});
