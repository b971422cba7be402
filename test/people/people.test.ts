import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { registerStrategyTypeRoutes } from '../../src/trading/strategies/strategy-type-routes.ts';
import type { App } from '../../src/http/route.ts';
import { describeStrategyTypes } from '../../src/trading/strategies/strategy-types.ts';
import type { StrategyType } from '../../src/core/strategies/strategy.ts';
import { openTestServer, signUp, useServer } from '../support/test-server.ts';

const context = useServer();

async function asTrader() {
  const { app } = context.server;
  const { headers, id } = await signUp(app);
  return {
    id,
    get: async (url: string) => app.inject({ url: `/api/v1${url}`, headers }),
    patch: async (url: string, payload: object) =>
      app.inject({ method: 'PATCH', url: `/api/v1${url}`, headers, payload }),
  };
}

describe('a person', () => {
  it('sees and changes their own name, time zone and language, and nothing else', async () => {
    const trader = await asTrader();

    const changed = await trader.patch('/me', {
      firstName: 'Ada',
      lastName: '山田',
      timezone: 'Asia/Tokyo',
      language: 'ja',
    });
    const removed = await trader.patch('/me', { lastName: null });
    const role = await trader.patch('/me', { role: 'admin' });

    expect(changed.json()).toMatchObject({
      id: trader.id,
      firstName: 'Ada',
      lastName: '山田',
      timezone: 'Asia/Tokyo',
      language: 'ja',
    });
    expect(removed.json()).toMatchObject({ firstName: 'Ada', lastName: null });
    expect(role.statusCode).toBe(400);
    expect((await trader.get('/me')).json()).toEqual(removed.json());
  });
});

describe('settings', () => {
  it.each([
    ['units as text', { defaultUnits: '1000' }, '/defaultUnits', 'must be an integer'],
    ['one and a half units', { defaultUnits: 1.5 }, '/defaultUnits', 'must be an integer'],
    ['no units', { defaultUnits: 0 }, '/defaultUnits', expect.stringContaining('1')],
    [
      'pips with three places',
      { defaultTakeProfitPips: '1.125' },
      '/defaultTakeProfitPips',
      expect.stringContaining('and 2 after it'),
    ],
    [
      'pips below zero',
      { defaultRetracementPips: '-1' },
      '/defaultRetracementPips',
      expect.stringContaining('above 0'),
    ],
    [
      'more pips than the column holds',
      { defaultRetracementPips: '123456789' },
      '/defaultRetracementPips',
      expect.any(String),
    ],
    [
      'another scaling mode',
      { defaultScalingMode: 'martingale' },
      '/defaultScalingMode',
      'must be one of "additive", "multiplicative"',
    ],
    [
      'a file as webhook',
      { notifyWebhookUrl: 'file:///etc/passwd' },
      '/notifyWebhookUrl',
      expect.stringContaining('http'),
    ],
    [
      'a webhook with a password',
      { notifyWebhookUrl: 'https://a:b@example.org' },
      '/notifyWebhookUrl',
      expect.stringContaining('without a user'),
    ],
    [
      'a webhook that is no address',
      { notifyWebhookUrl: 'example' },
      '/notifyWebhookUrl',
      expect.stringContaining('http'),
    ],
    ['preferences that are a list', { preferences: [] }, '/preferences', 'must be an object'],
    [
      'preferences of 20 kB',
      { preferences: { a: 'x'.repeat(20_000) } },
      '/preferences',
      expect.stringContaining('16384'),
    ],
  ])('refuse %s', async (_what, payload, pointer, detail) => {
    const trader = await asTrader();

    const answer = await trader.patch('/settings', payload);

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer, detail }]);
  });

  it('begin with defaults and change in parts', async () => {
    const trader = await asTrader();

    const defaults = await trader.get('/settings');
    await trader.patch('/settings', {
      defaultUnits: 25_000,
      defaultTakeProfitPips: '12.5',
      notifyWebhookUrl: 'https://hooks.example.org/x',
      preferences: { theme: 'dark', panels: [1, 2] },
    });
    const changed = await trader.patch('/settings', {
      notifyMinSeverity: 'error',
      notifyWebhookUrl: null,
      preferences: { theme: 'light' },
    });

    expect(defaults.json()).toEqual({
      defaultUnits: 1_000,
      defaultTakeProfitPips: '25.00',
      defaultRetracementPips: '30.00',
      defaultScalingMode: 'additive',
      notifyEmail: true,
      notifyWebhookUrl: null,
      notifyMinSeverity: 'warning',
      preferences: {},
    });
    expect(changed.json()).toEqual({
      ...defaults.json(),
      defaultUnits: 25_000,
      defaultTakeProfitPips: '12.50',
      notifyMinSeverity: 'error',
      preferences: { theme: 'light' },
    });
    expect((await trader.get('/settings')).json()).toEqual(changed.json());
  });

  it('belong to one user each', async () => {
    const [one, other] = [await asTrader(), await asTrader()];

    await one.patch('/settings', { defaultUnits: 5 });

    expect((await other.get('/settings')).json().defaultUnits).toBe(1_000);
  });
});

describe('instruments', () => {
  it('have their decimals as text and their units as numbers', async () => {
    const trader = await asTrader();

    const all = (await trader.get('/instruments')).json().items;
    const one = (await trader.get('/instruments/USD_JPY')).json();

    expect(all).toHaveLength(PAPER_INSTRUMENTS.list.length);
    expect(all).toContainEqual(one);
    expect(one).toEqual({
      name: 'USD_JPY',
      baseCurrency: 'USD',
      quoteCurrency: 'JPY',
      pricePrecision: 3,
      pipLocation: -2,
      unitsPrecision: 0,
      minimumUnits: 1,
      maximumOrderUnits: 100_000_000,
      maximumPositionUnits: null,
      marginRate: '0.0333',
      minimumTrailingDistance: '0.050',
      maximumTrailingDistance: '100.000',
      financing: { longRate: '-0.0250', shortRate: '-0.0550', daysCharged: [0, 1, 1, 3, 1, 1, 0] },
      tradingHours: 'forex',
    });
  });
});

describe('strategy types', () => {
  const type: StrategyType = {
    name: 'always_flat',
    title: 'Always flat',
    description: 'Never trades.',
    parametersVersion: 2,
    stateVersion: 1,
    parametersSchema: Type.Object(
      { period: Type.Integer({ minimum: 2, default: 20, description: 'Candles.' }) },
      { additionalProperties: false },
    ),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => {
      throw new Error('not made here');
    },
  };

  it('are described with the schema of their parameters, from which a form can be built', async () => {
    const register = (app: App) => {
      // Beside the empty list that the server has by itself.
      void app.register(
        async (scope: App) =>
          registerStrategyTypeRoutes(scope, { strategyTypes: describeStrategyTypes([type]) }),
        { prefix: '/test' },
      );
    };
    const server = await openTestServer({ routes: [register] });
    try {
      const { headers } = await signUp(server.app);
      const list = await server.app.inject({ url: '/api/v1/test/strategy-types', headers });
      const one = await server.app.inject({ url: '/api/v1/test/strategy-types/always_flat', headers });
      const none = await server.app.inject({ url: '/api/v1/test/strategy-types/toString', headers });

      expect(one.json()).toEqual({
        name: 'always_flat',
        title: 'Always flat',
        description: 'Never trades.',
        parametersVersion: 2,
        parametersSchema: {
          type: 'object',
          additionalProperties: false,
          required: ['period'],
          properties: { period: { type: 'integer', minimum: 2, default: 20, description: 'Candles.' } },
        },
      });
      expect(list.json()).toEqual({ items: [one.json()] });
      expect(none.statusCode).toBe(404);
    } finally {
      await server.close();
    }
  });
});
