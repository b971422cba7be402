import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newKeyText, parseKeys } from './encryption-keys.ts';

const good = randomBytes(32).toString('base64');

describe('encryption keys', () => {
  it.each([
    ['', /entry 1 is not id:base64/],
    [good, /entry 1 is not id:base64/],
    [`:${good}`, /entry 1 is not id:base64/],
    [`a key:${good}`, /entry 1 is not id:base64/],
    ['k1:secret', /entry 1 \("k1"\) is not 32 bytes in base64/],
    [`k1:${randomBytes(16).toString('base64')}`, /entry 1 \("k1"\) is not 32 bytes/],
    [`k1:${randomBytes(33).toString('base64')}`, /entry 1 \("k1"\) is not 32 bytes/],
    [`k1:${good},`, /entry 2 is not id:base64/],
    [`k1:${good},k1:${good}`, /two keys are named "k1"/],
    [`k1:${Buffer.alloc(32).toString('base64')}`, /entry 1 \("k1"\) is not random/],
    [`k1:${Buffer.from('changeme'.repeat(4)).toString('base64')}`, /entry 1 \("k1"\) is not random/],
    [
      `k1:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`,
      /entry 1 \("k1"\) is not random/,
    ],
    [
      `k1:${Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('base64')}`,
      /\("k1"\) is not random/,
    ],
    [`k1:${Buffer.from(Array.from({ length: 32 }, (_, n) => 255 - n)).toString('base64')}`, /is not random/],
  ])('are refused when they are %j', (text, expected) => {
    expect(parseKeys(text)).toMatch(expected);
  });

  it('are not repeated by what refuses them', () => {
    expect(parseKeys('k1:hunter2hunter2')).not.toContain('hunter2');
  });

  it('are read in their order, the current one first', () => {
    const other = randomBytes(32).toString('base64');

    expect(parseKeys(`new:${good}, old:${other}`)).toMatchObject([{ id: 'new' }, { id: 'old' }]);
  });

  it('that can be guessed are only read with, behind one that cannot', () => {
    const text = `old:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`;

    expect(parseKeys(`${text},new:${good}`)).toMatch(/entry 1 \("old"\) is not random/);
    expect(parseKeys(`new:${good},${text}`)).toMatchObject([{ id: 'new' }, { id: 'old' }]);
  });

  it('are taken as they are made', () => {
    for (let round = 0; round < 100; round += 1)
      expect(parseKeys(newKeyText())).toMatchObject([{ id: expect.stringMatching(/^own-[0-9a-f]{8}$/) }]);
  });
});
