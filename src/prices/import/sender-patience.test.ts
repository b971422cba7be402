import { expect, it } from 'vitest';
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
