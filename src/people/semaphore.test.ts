import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

describe('Semaphore', () => {
  it('runs no more at once than it may, in the order in which they came', async () => {
    const semaphore = new Semaphore({ running: 2, waiting: 10 });
    const started: number[] = [];
    const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const works = doors.map((door, index) =>
      semaphore.run(async () => {
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
    const semaphore = new Semaphore({ running: 1, waiting: 1 });
    const door = Promise.withResolvers<void>();
    const works = [semaphore.run(() => door.promise), semaphore.run(() => door.promise)];

    await expect(semaphore.run(async () => 1)).rejects.toMatchObject({
      type: 'too-many-requests',
      facts: { retryAfterSeconds: 1 },
    });
    door.resolve();
    await Promise.all(works);
    await expect(semaphore.run(async () => 1)).resolves.toBe(1);
  });

  it('gives its place back when the work fails', async () => {
    const semaphore = new Semaphore({ running: 1, waiting: 0 });

    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(semaphore.run(async () => 'next')).resolves.toBe('next');
  });
});
