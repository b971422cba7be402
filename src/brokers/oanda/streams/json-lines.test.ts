import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonLines } from './json-lines.ts';

describe('lines of JSON', () => {
  it('are the same however they are cut into chunks, between bytes of a letter too', () => {
    const sent = [{ type: 'HEARTBEAT' }, { comment: 'größer €' }, [1, null]];
    const bytes = Buffer.from(sent.map((line) => `${JSON.stringify(line)}\n`).join('\r\n'));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (drawn) => {
        const cuts = [0, ...drawn.toSorted((a, b) => a - b), bytes.length];
        const lines = new JsonLines();
        const read = cuts.flatMap((cut, index) => lines.take(bytes.subarray(cut, cuts[index + 1] ?? cut)));

        expect(read).toEqual(sent);
      }),
    );
  });

  it('are refused when they are no JSON, or never end', () => {
    expect(() => new JsonLines().take(Buffer.from('{"a":\n'))).toThrow(SyntaxError);
    expect(() => new JsonLines().take(Buffer.alloc(5_000_000, 'a'))).toThrow(RangeError);
  });
});
