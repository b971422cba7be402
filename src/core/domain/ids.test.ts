import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedId } from './ids.ts';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ACCOUNT = '01970000-0000-7000-8000-000000000001';
const LATEST = 2 ** 48 - 1;

describe('a derived id', () => {
  it('is a UUID of version 8 and the same whenever it is derived', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(), fc.integer({ min: 0, max: LATEST }), (accountId, brokerId, at) => {
        const id = derivedId(accountId, 'order', brokerId, at);

        expect(id).toMatch(UUID_8);
        expect(derivedId(accountId, 'order', brokerId, at)).toBe(id);
      }),
    );
  });

  it('sorts by time', () => {
    const times = [0, 1, 1_000, Date.UTC(2014, 4, 1), Date.UTC(2026, 0, 1), LATEST];
    const ids = times.map((at) => derivedId(ACCOUNT, 'trade', 7, at));

    expect(ids.toSorted()).toEqual(ids);
  });

  it('differs for another number, kind or account at the same time', () => {
    const kinds = ['order', 'position', 'trade-1'];
    const accounts = [ACCOUNT, '01970000-0000-7000-8000-000000000002'];
    const ids = accounts.flatMap((account) =>
      kinds.flatMap((kind) =>
        Array.from({ length: 10_000 }, (_, number) => derivedId(account, kind, number, 0)),
      ),
    );

    expect(new Set(ids).size).toBe(ids.length);
  });
});
