import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, startSimulator } from '../../support/v20-simulator.ts';
import { until } from '../../support/until.ts';
import { openStream, prices, transactions } from '../../support/v20-stream.ts';

describe('a stream is refused before it starts', () => {
  it.each([
    ['/{A}/pricing/stream', 400, "Missing 'instruments' parameter"],
    ['/{A}/pricing/stream?instruments=EUR_XXX', 400, "Invalid value specified for 'instruments'"],
    ['/{A}/pricing/stream?instruments=EUR_USD&snapshot=2', 400, "Invalid value specified for 'snapshot'"],
    ['/accounts/101-004-1435156-002/transactions/stream', 403, 'The provided request was forbidden.'],
  ])('at %s with %i', async (path, status, errorMessage) => {
    await using running = await startSimulator();

    expect(await running.send('GET', path)).toMatchObject({ status, body: { errorMessage } });
  });

  it('when twenty are open, until one of them ends', async () => {
    await using running = await startSimulator();
    await using open = new AsyncDisposableStack();
    for (let index = 0; index < 20; index += 1)
      open.use(await openStream(index % 2 === 0 ? prices(running) : transactions(running)));
    const last = await openStream(transactions(running));

    expect(last.response.statusCode).toBe(429);

    await open.disposeAsync();
    await until('the simulator has noticed', () => running.timers.size === 0);
    using again = await openStream(transactions(running));
    expect(again.response.statusCode).toBe(200);
  });
});

describe('a stream of prices', () => {
  it('begins with the newest price of each instrument, in lines', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running, 'instruments=EUR_USD%2CUSD_JPY'));

    expect(stream.response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'transfer-encoding': 'chunked',
      connection: 'close',
      requestid: expect.stringMatching(/^\d{17}$/),
    });
    expect(await stream.next()).toEqual({
      type: 'PRICE',
      time: '2026-01-06T12:00:01.000000000Z',
      instrument: 'EUR_USD',
      status: 'tradeable',
      tradeable: true,
      bids: expect.arrayContaining([{ price: '1.10000', liquidity: 1_000_000 }]),
      asks: expect.arrayContaining([{ price: '1.10010', liquidity: 1_000_000 }]),
      closeoutBid: '1.09996',
      closeoutAsk: '1.10014',
    });
    expect(await stream.next()).toMatchObject({ type: 'PRICE', instrument: 'USD_JPY' });
  });

  it('sends the last price of a window, and nothing that did not change', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running));
    await stream.next();

    running.market.publish('EUR_USD', 110_020, 110_030);
    running.market.publish('EUR_USD', 110_040, 110_050);
    running.market.publish('USD_JPY', 150_100, 150_110);
    running.timers.pass(249);
    running.market.publish('EUR_USD', 110_060, 110_070);
    running.timers.pass(1);
    running.market.publish('EUR_USD', 110_060, 110_070);
    running.timers.pass(250);
    running.market.publish('EUR_USD', 110_080, 110_090);
    running.timers.pass(250);

    expect([(await stream.next())['closeoutBid'], (await stream.next())['closeoutBid']]).toEqual([
      '1.10056',
      '1.10076',
    ]);
  });

  it('without a snapshot begins with the next change', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running, 'instruments=EUR_USD&snapshot=false'));

    running.timers.pass(250);
    running.market.publish('EUR_USD', 110_020, 110_030);
    running.timers.pass(250);

    expect(await stream.next()).toMatchObject({ closeoutBid: '1.10016' });
  });

  it('reports that the market closed, and then only that it is alive, every five seconds', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running));
    await stream.next();
    running.market.clock(Date.UTC(2026, 0, 10, 12));

    running.timers.pass(10_000);

    expect(await stream.next()).toMatchObject({ type: 'PRICE', tradeable: false, status: 'non-tradeable' });
    const heartbeat = { type: 'HEARTBEAT', time: '2026-01-10T12:00:00.000000000Z' };
    expect([await stream.next(), await stream.next()]).toEqual([heartbeat, heartbeat]);
  });

  it('has conversions when they are asked for', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running, 'instruments=EUR_USD&includeHomeConversions=true'));

    expect((await stream.next())['homeConversions']?.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
  });

  it('gives a reader who is slow the newest price once it reads again', async () => {
    await using running = await startSimulator();
    const names = running.simulator.instruments.list.map(({ name }) => name);
    for (const name of names) running.market.publish(name, 100_000, 100_010);
    using stream = await openStream(prices(running, `instruments=${names.join()}`));
    stream.response.pause();

    // More than the buffers of both ends and of the system between them hold.
    const rounds = 600;
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of names) running.market.publish(name, 100_000 + round, 100_010 + round);
      running.timers.pass(250);
      if (round % 50 === 0) await new Promise(setImmediate);
    }
    stream.response.resume();
    const seen = new Set<string>();
    for (;;) {
      running.timers.pass(250);
      const line = await stream.next();
      if (line['instrument'] !== names[0]) continue;
      seen.add(line['closeoutBid'] ?? '');
      if (line['bids']?.[0]?.['price'] === `1.00${rounds}`) break;
    }

    expect(seen.size).toBeLessThan(rounds);
  });
});

describe('a stream of transactions', () => {
  it('has what happens from now on, and the number of the last with every heartbeat', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    const [account] = running.simulator.accounts;

    account?.note('', NOON + 5_000, { type: 'RESET_RESETTABLE_PL' });
    running.timers.pass(5_000);

    expect(await stream.next()).toMatchObject({ id: '3', type: 'RESET_RESETTABLE_PL', accountID: ACCOUNT });
    expect(await stream.next()).toEqual({
      type: 'HEARTBEAT',
      lastTransactionID: '3',
      time: '2026-01-06T12:00:02.000000000Z',
    });
  });

  it('ends in order when the simulator does', async () => {
    const running = await startSimulator();
    using stream = await openStream(transactions(running));

    await running[Symbol.asyncDispose]();

    expect(await stream.ended).toBe('ended');
  });
});
