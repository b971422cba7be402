import { describe, expect, it } from 'vitest';
import { base32, codeAt, newSecret, otpauthUri, stepOfCode } from './totp.ts';

/** The secret of RFC 6238, appendix B. */
const SECRET = base32(Buffer.from('12345678901234567890'));

describe('one-time passwords', () => {
  it.each(['', '12345', '1234567', 'abcdef', '٢٨٧٠٨٢'])('are none of "%s"', (code) => {
    expect(stepOfCode(SECRET, code, 59_000)).toBeUndefined();
  });

  // The codes of RFC 6238 have eight digits, of which six are the last.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at second %d', (second, code) => {
    expect(codeAt(SECRET, second * 1_000)).toBe(code);
    expect(stepOfCode(SECRET, code, second * 1_000)).toBe(Math.floor(second / 30));
  });

  it('are taken one step early or late, and not two', () => {
    const at = 1_000_000 * 30_000;
    const code = codeAt(SECRET, at);

    expect([-2, -1, 0, 1, 2].map((steps) => stepOfCode(SECRET, code, at + steps * 30_000))).toEqual([
      undefined,
      1_000_000,
      1_000_000,
      1_000_000,
      undefined,
    ]);
  });

  it('have secrets of 160 bits, which differ', () => {
    expect(newSecret()).toMatch(/^[A-Z2-7]{32}$/);
    expect(newSecret()).not.toBe(newSecret());
  });

  it('have an address that names server and person', () => {
    expect(otpauthUri(SECRET, { issuer: 'Auto Forex', name: 'a@b.example' })).toBe(
      `otpauth://totp/Auto%20Forex:a%40b.example?secret=${SECRET}&issuer=Auto%20Forex`,
    );
  });
});
