/** Nothing is sent by a process that may not act. */
import { describe, expect, it } from 'vitest';
import { guardedBroker } from './guarded-broker.ts';
import type { Broker } from './broker.ts';

describe('a guarded broker', () => {
  it('sends while the process may act or finds out that it may, and nothing once it may not', async () => {
    let mayAct = true;
    const sent: number[] = [];
    const broker = {
      lateArrivalMs: 5,
      cancelOrder: (id: number) => (
        sent.push(id),
        Promise.resolve({ outcome: 'answered', transactions: [] })
      ),
    } as unknown as Broker;
    let isFoundOut = true;
    const guarded = guardedBroker(broker, {
      maySend: () => mayAct,
      ascertain: () => Promise.resolve(isFoundOut),
    });

    await guarded.cancelOrder(1, 0);
    mayAct = false;
    await guarded.cancelOrder(2, 0);
    isFoundOut = false;
    await expect(guarded.cancelOrder(3, 0)).rejects.toThrow(/was suspended.*Nothing was sent/);

    expect(sent).toEqual([1, 2]);
    expect(guarded.lateArrivalMs).toBe(5);
  });

  it('passes on that the newest prices are to be shown', () => {
    let shown = 0;
    const broker = { showQuotes: () => void (shown += 1) } as unknown as Broker;
    const guarded = guardedBroker(broker, { maySend: () => true, ascertain: () => Promise.resolve(true) });

    guarded.showQuotes();

    expect(shown).toBe(1);
  });
});
