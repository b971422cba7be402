import { describe, expect, it } from 'vitest';
import { textFrame } from './text-frame.ts';

describe('the frame of a text', () => {
  it.each([
    { bytes: 0, head: '8100' },
    { bytes: 125, head: '817d' },
    { bytes: 126, head: '817e007e' },
    { bytes: 65_535, head: '817effff' },
    { bytes: 65_536, head: '817f0000000000010000' },
  ])('says in its head that $bytes bytes follow', ({ bytes, head }) => {
    const text = 'x'.repeat(bytes);

    const frame = textFrame(text);

    expect(frame.subarray(0, head.length / 2).toString('hex')).toBe(head);
    expect(frame.subarray(head.length / 2).toString()).toBe(text);
  });

  it('counts bytes and not characters', () => {
    expect(textFrame('円€').toString('hex')).toBe(`8106${Buffer.from('円€').toString('hex')}`);
  });
});
