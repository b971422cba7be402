import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';

interface Letter {
  readonly key?: string;
  readonly number: number;
}

const openMailbox = (conflateAbove: number): Mailbox<Letter> =>
  new Mailbox({ conflateAbove, conflateKey: ({ key }) => key });

function drain(mailbox: Mailbox<Letter>): number[] {
  const numbers: number[] = [];
  for (let letter = mailbox.shift(); letter; letter = mailbox.shift()) numbers.push(letter.number);
  return numbers;
}

describe('Mailbox', () => {
  it('has nothing to give when it is empty', () => {
    const mailbox = openMailbox(2);

    expect(mailbox.shift()).toBeUndefined();
    expect(mailbox.size).toBe(0);
  });

  it('never drops what has no key, however full it is', () => {
    const mailbox = openMailbox(1);

    for (let number = 0; number < 5; number += 1) mailbox.push({ number });

    expect(mailbox.size).toBe(5);
    expect(drain(mailbox)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps everything while it is not full', () => {
    const mailbox = openMailbox(3);

    for (const number of [1, 2, 3]) mailbox.push({ key: 'EUR_USD', number });

    expect(drain(mailbox)).toEqual([1, 2, 3]);
  });

  it('replaces the waiting item of the same key when it is full, and only that one', () => {
    const mailbox = openMailbox(3);
    mailbox.push({ key: 'EUR_USD', number: 1 });
    mailbox.push({ number: 2 });
    mailbox.push({ key: 'USD_JPY', number: 3 });

    mailbox.push({ key: 'EUR_USD', number: 4 });

    expect(drain(mailbox)).toEqual([2, 3, 4]);
  });

  it('takes a key that does not wait yet even when it is full', () => {
    const mailbox = openMailbox(1);
    mailbox.push({ number: 1 });

    mailbox.push({ key: 'EUR_USD', number: 2 });

    expect(drain(mailbox)).toEqual([1, 2]);
  });

  it('does not mistake an item that was taken for one that waits', () => {
    const mailbox = openMailbox(1);
    mailbox.push({ key: 'EUR_USD', number: 1 });
    mailbox.push({ number: 2 });
    mailbox.shift();

    mailbox.push({ key: 'EUR_USD', number: 3 });

    expect(drain(mailbox)).toEqual([2, 3]);
  });

  it('gives in order over thousands of items, with pushes in between', () => {
    const mailbox = openMailbox(Infinity);
    const taken: number[] = [];

    for (let number = 0; number < 5_000; number += 1) {
      mailbox.push({ number });
      if (number % 3 === 0) taken.push(mailbox.shift()?.number ?? -1);
    }

    expect([...taken, ...drain(mailbox)]).toEqual(Array.from({ length: 5_000 }, (_, number) => number));
  });

  it('gives all items without a key in order, and the newest of every key', () => {
    const step = fc.oneof(
      fc.constantFrom<(string | undefined)[]>(undefined, 'A', 'B').map((key) => ({ push: key })),
      fc.constant('shift' as const),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 }),
        (steps, conflateAbove) => {
          const mailbox = openMailbox(conflateAbove);
          const pushed: Letter[] = [];
          const taken: number[] = [];
          for (const [number, action] of steps.entries()) {
            if (action === 'shift') {
              const letter = mailbox.shift();
              if (letter) taken.push(letter.number);
              continue;
            }
            const letter = action.push === undefined ? { number } : { key: action.push, number };
            pushed.push(letter);
            mailbox.push(letter);
          }
          taken.push(...drain(mailbox));

          expect(taken).toEqual([...new Set(taken)].sort((one, other) => one - other));
          for (const key of ['A', 'B']) {
            const newest = pushed.findLast((letter) => letter.key === key);
            if (newest) expect(taken).toContain(newest.number);
          }
          const keyless = pushed.filter(({ key }) => key === undefined).map(({ number }) => number);
          expect(taken.filter((number) => keyless.includes(number))).toEqual(keyless);
        },
      ),
    );
  });
});
