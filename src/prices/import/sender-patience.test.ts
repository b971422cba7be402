import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { SenderPatience } from './sender-patience.ts';

it('ends after 15 seconds without a byte, however few at a time come in between', () => {
  const patience = new SenderPatience();

  for (let second = 0; second < 14; second += 1) patience.noteReceived(1, 1_000);

  expect(patience.leftMs).toBeGreaterThan(900);
  expect(patience.leftMs).toBeLessThan(1_100);
});

it('lasts as long as a slow line sends', () => {
  const patience = new SenderPatience();

  for (let second = 0; second < 1_000; second += 1) patience.noteReceived(16_000, 1_000);

  expect(patience.leftMs).toBeGreaterThan(13_000);
});

it('is not saved up', () => {
  const patience = new SenderPatience();

  patience.noteReceived(1e9, 1);

  expect(patience.leftMs).toBe(15_000);
});

it('keeps nothing of what came', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const patience = new SenderPatience();
  const pieces: WeakRef<Uint8Array>[] = [];
  async function* file() {
    for (let piece = 0; piece < 100; piece += 1) {
      const bytes = new Uint8Array(1_000);
      pieces.push(new WeakRef(bytes));
      yield bytes;
    }
  }

  const source = file();
  while ((await patience.next(source, ({ length }) => length)).done !== true) continue;
  await new Promise(setImmediate);
  collectGarbage();

  expect(pieces).toHaveLength(100);
  // The engine of JavaScript may hold on to the last ones for a moment.
  expect(pieces.filter((piece) => piece.deref() !== undefined).length).toBeLessThan(10);
});

it.each(['before', 'while'] as const)('ends with the problem that it is given %s it waits', async (when) => {
  const patience = new SenderPatience();
  const problem = new Problem('too-many-requests', 'Someone else waited.');
  const silent = { next: () => new Promise<IteratorResult<Uint8Array, void>>(() => undefined) };
  if (when === 'before') patience.giveUp(problem);

  const waiting = patience.next(silent, ({ length }) => length);
  patience.giveUp(problem);

  await expect(waiting).rejects.toBe(problem);
});
