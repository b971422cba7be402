import { describe, expect, it } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

const never = () => new Promise<never>(() => undefined);
const late = { waits: true, mostMs: 1, tooLate: () => new Error('too late') };

describe('work about one thing', () => {
  it('is not done when what is before it takes too long', async () => {
    const turns = new OneAtATime();
    const done: string[] = [];
    void turns.run('one', { waits: false }, never);

    await expect(turns.run('one', late, async () => void done.push('late'))).rejects.toThrow('too late');

    expect(done).toEqual([]);
  });

  it('waits for what is before one that was given up', async () => {
    const turns = new OneAtATime();
    const done: string[] = [];
    const first = Promise.withResolvers<void>();
    const before = turns.run('one', { waits: false }, () => first.promise);
    await expect(turns.run('one', late, never)).rejects.toThrow('too late');

    const after = turns.run('one', { waits: true }, async () => void done.push('after'));
    await turns.run('another', { waits: true }, async () => void done.push('another'));
    done.push('first');
    first.resolve();
    await Promise.all([before, after]);

    expect(done).toEqual(['another', 'first', 'after']);
  });
});
