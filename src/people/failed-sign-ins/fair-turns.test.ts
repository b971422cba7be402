import { describe, expect, it } from 'vitest';
import { FairTurns } from './fair-turns.ts';
import type { TurnSender } from './fair-turns.ts';

const stranger = (ipAddress: string): TurnSender => ({ isKnown: false, ipAddress });
const known = (ipAddress: string): TurnSender => ({ isKnown: true, ipAddress });
const ANYONE = stranger('192.0.2.1');

/** One piece of work runs; returns who waits in the order in which they come in after it. */
async function orderOf(senders: readonly TurnSender[]): Promise<readonly number[]> {
  const turns = new FairTurns({ running: 1, waiting: 100 });
  const door = Promise.withResolvers<void>();
  const first = turns.run(ANYONE, () => door.promise);
  const started: number[] = [];
  const works = senders.map((sender, index) => turns.run(sender, async () => void started.push(index)));
  door.resolve();
  await Promise.all([first, ...works]);
  return started;
}

describe('FairTurns', () => {
  it('runs no more at once than it may, in the order in which they came', async () => {
    const turns = new FairTurns({ running: 2, waiting: 10 });
    const started: number[] = [];
    const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const works = doors.map((door, index) =>
      turns.run(ANYONE, async () => {
        started.push(index);
        await door.promise;
      }),
    );
    await Promise.resolve();

    expect(started).toEqual([0, 1]);
    doors[1]?.resolve();
    await works[1];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const door of doors) door.resolve();
    await Promise.all(works);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses at once when too many wait, and takes others when they are done', async () => {
    const turns = new FairTurns({ running: 1, waiting: 1 });
    const door = Promise.withResolvers<void>();
    const works = [turns.run(ANYONE, () => door.promise), turns.run(ANYONE, () => door.promise)];

    await expect(turns.run(ANYONE, async () => 1)).rejects.toMatchObject({
      type: 'too-many-requests',
      facts: { retryAfterSeconds: 1 },
    });
    door.resolve();
    await Promise.all(works);
    await expect(turns.run(ANYONE, async () => 1)).resolves.toBe(1);
  });

  it('sends those whom it refuses at the same moment away for different times', async () => {
    const turns = new FairTurns({ running: 1, waiting: 0 });
    const door = Promise.withResolvers<void>();
    const first = turns.run(ANYONE, () => door.promise);

    const refused = await Promise.allSettled(
      Array.from({ length: 6 }, () => turns.run(ANYONE, async () => undefined)),
    );

    const seconds = refused.map((one) => one.status === 'rejected' && one.reason.facts.retryAfterSeconds);
    expect(seconds).toEqual([1, 2, 3, 1, 2, 3]);
    door.resolve();
    await first;
  });

  it('gives its place back when the work fails', async () => {
    const turns = new FairTurns({ running: 1, waiting: 0 });

    await expect(turns.run(ANYONE, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turns.run(ANYONE, async () => 'next')).resolves.toBe('next');
  });

  it('takes those who are known first', async () => {
    expect(await orderOf([stranger('192.0.2.1'), stranger('192.0.2.2'), known('192.0.2.3')])).toEqual([
      2, 0, 1,
    ]);
  });

  it('takes addresses in turn, and all of an IPv6 network as one', async () => {
    const crowd = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map(stranger);

    expect(await orderOf([...crowd, stranger('192.0.2.2'), stranger('192.0.2.3')])).toEqual([0, 3, 4, 1, 2]);
  });

  it('refuses the address with most who wait for one that has fewer', async () => {
    const turns = new FairTurns({ running: 1, waiting: 3 });
    const door = Promise.withResolvers<void>();
    const first = turns.run(ANYONE, () => door.promise);
    const crowd = Array.from({ length: 3 }, () => turns.run(stranger('192.0.2.1'), async () => 'crowd'));
    const other = turns.run(stranger('192.0.2.2'), async () => 'other');

    await expect(crowd[2]).rejects.toMatchObject({ type: 'too-many-requests' });
    door.resolve();
    expect(await Promise.all([first, crowd[0], crowd[1], other])).toEqual([
      undefined,
      'crowd',
      'crowd',
      'other',
    ]);
  });

  it('has a place for those who are known however many others wait', async () => {
    const turns = new FairTurns({ running: 1, waiting: 32 });
    const door = Promise.withResolvers<void>();
    const works = [
      turns.run(ANYONE, () => door.promise),
      ...Array.from({ length: 60 }, (_, index) =>
        turns.run(stranger(`192.0.2.${index}`), async () => undefined),
      ),
    ];
    const owner = turns.run(known('198.51.100.7'), async () => 'in');

    door.resolve();

    expect(await owner).toBe('in');
    const refused = (await Promise.allSettled(works)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(28);
  });
});
