/** Faults of streams and of connections. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../support/v20-simulator.ts';
import { until } from '../../support/until.ts';
import { arm, control } from '../../support/v20-faults.ts';
import { note, openStream, prices, transactions } from '../../support/v20-stream.ts';

describe('a stream', () => {
  it('that is stalled stays open and loses what would have been sent', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    const id = await arm(running, { fault: 'stream-stalled', path: '/transactions/stream' });

    note(running);
    running.timers.pass(60_000);
    await control(running, 'DELETE', `/faults/${id}`);
    note(running);

    expect(await stream.next()).toMatchObject({ id: '4' });
    expect(stream.chunks).toHaveLength(1);
  });

  it('may have nothing but heartbeats', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    await arm(running, { fault: 'heartbeats-only' });

    note(running);
    running.timers.pass(5_000);

    expect(await stream.next()).toMatchObject({ type: 'HEARTBEAT', lastTransactionID: '3' });
  });

  it('is cut in the middle of a line', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    await arm(running, { fault: 'stream-cut', count: 1 });

    note(running);

    expect(await stream.ended).toBe('cut');
    expect(stream.rest).toMatch(/^\{"id":"3"/);
    expect(() => JSON.parse(stream.rest) as unknown).toThrow();
    using again = await openStream(transactions(running));
    note(running);
    expect(await again.next()).toMatchObject({ id: '4' });
  });

  it('ends in order, which is no better', async () => {
    await using running = await startSimulator();
    using stream = await openStream(prices(running));
    await stream.next();
    await arm(running, { fault: 'stream-ended', count: 1 });

    running.timers.pass(5_000);

    expect(await stream.ended).toBe('ended');
    expect(stream.rest).toBe('');
  });

  it('has several lines in a chunk', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    await arm(running, { fault: 'stream-joined', lines: 3, count: 1 });

    for (let index = 0; index < 4; index += 1) note(running);

    const ids: unknown[] = [];
    for (let index = 0; index < 4; index += 1) ids.push((await stream.next())['id']);
    expect(ids).toEqual(['3', '4', '5', '6']);
    expect(stream.chunks[0]?.match(/\n/g)).toHaveLength(3);
  });

  it('has its lines in pieces', async () => {
    await using running = await startSimulator();
    using stream = await openStream(transactions(running));
    await arm(running, { fault: 'stream-split', bytes: 10, count: 1 });

    note(running);

    expect(await stream.next()).toMatchObject({ id: '3' });
    expect(stream.chunks.length).toBeGreaterThan(10);
    expect(stream.chunks[0]).toHaveLength(10);
  });

  it('is refused although few are open', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'streams-refused', count: 1 });

    using refused = await openStream(prices(running));
    using taken = await openStream(prices(running));

    expect([refused.response.statusCode, taken.response.statusCode]).toEqual([429, 200]);
  });
});

describe('connections', () => {
  it('are refused as often as is said', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'connections-refused', count: 2 });

    await expect(openStream(prices(running))).rejects.toThrow(/ECONNRESET|socket hang up/);
    await expect(openStream(prices(running))).rejects.toThrow(/ECONNRESET|socket hang up/);
    using taken = await openStream(prices(running));

    expect(taken.response.statusCode).toBe(200);
  });

  it('are refused when there are too many new ones in a second', async () => {
    await using running = await startSimulator();
    await arm(running, { fault: 'connections-limited', perSecond: 1 });
    const { port } = new URL(running.url);

    // At once, so that they come within one second however busy the machine is.
    const sockets = Array.from({ length: 5 }, () => connect(Number(port), '127.0.0.1'));
    const closed = sockets.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.on('error', () => undefined).once('close', () => resolve(true));
        }),
    );
    const refused = await until('one of them is refused', async () => {
      const isClosed = await Promise.all(closed.map((one) => Promise.race([one, Promise.resolve(false)])));
      return isClosed.includes(true) && isClosed;
    });
    for (const socket of sockets) socket.destroy();
    expect(refused).toContain(true);
  });
});
