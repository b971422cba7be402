import { describe, expect, it } from 'vitest';
import { decodeColumns } from '../series/price-codec.ts';
import { OpenRecording } from './open-recording.ts';

const quote = (at: number, bid = 110_000) => ({ instrument: 'EUR_USD', at, bid, ask: bid + 10 });

function times(recording: OpenRecording): number[] {
  return [...decodeColumns(recording.take().chunk.data).times];
}

describe('quotes on their way to the database', () => {
  it('leave out what came late', () => {
    const recording = new OpenRecording();
    for (const at of [1_000, 3_000, 2_000, 3_000]) recording.add(quote(at));

    expect(times(recording)).toEqual([1_000, 3_000, 3_000]);
  });

  it('say where something is missing between them', () => {
    const recording = new OpenRecording();
    recording.add(quote(1_000));
    recording.add(quote(2_000));
    recording.interrupt('connection-lost');
    recording.interrupt('not-stored');
    recording.add(quote(9_000));

    expect(recording.take().gaps).toEqual([
      { from: undefined, until: 1_000, reason: 'not-recorded' },
      { from: 2_000, until: 9_000, reason: 'connection-lost' },
    ]);
  });

  it('stay in one chunk that grows, until it is full', () => {
    const recording = new OpenRecording();
    recording.add(quote(1));
    const first = recording.take();
    recording.add(quote(2));
    recording.stored(first, 7);

    expect(recording.isChanged).toBe(true);
    expect(times(recording)).toEqual([1, 2]);
    expect(recording.ordinal).toBe(7);
    expect(recording.take().gaps).toEqual([]);

    for (let at = 3; at <= 2_000; at += 1) recording.add(quote(at));
    const full = recording.take();
    recording.add(quote(2_001));
    recording.stored(full, 7);

    expect(recording.ordinal).toBeUndefined();
    expect(times(recording)).toEqual([2_001]);
  });

  it('are no more than memory allows while they cannot be stored, and the rest is missing', () => {
    const recording = new OpenRecording();
    for (let at = 1; at <= 10_005; at += 1) recording.add(quote(at));
    const full = recording.take();
    expect(full.chunk.rows).toBe(10_000);

    recording.stored(full, 0);
    recording.add(quote(20_000));

    expect(recording.take()).toMatchObject({
      chunk: { rows: 1, startsAt: 20_000 },
      gaps: [{ from: 10_000, until: 20_000, reason: 'not-stored' }],
    });
  });

  it('begin again where they do not follow what is stored', () => {
    const recording = new OpenRecording();
    recording.add(quote(1));
    recording.drop();
    expect(recording.isChanged).toBe(false);

    recording.add(quote(5));

    expect(recording.take()).toMatchObject({
      chunk: { rows: 1 },
      gaps: [{ from: undefined, until: 5, reason: 'not-stored' }],
    });
  });
});
