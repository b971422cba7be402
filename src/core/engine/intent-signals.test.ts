import { expect, it } from 'vitest';
import { IntentSignals, signalOf } from './intent-signals.ts';
import type { CloseIntent } from '../strategies/strategy.ts';

const close = (brokerPositionId: number): CloseIntent => ({ type: 'close', brokerPositionId });

it('knows the signals of the newest answer, and of those before it that waited', () => {
  const signals = new IntentSignals();
  const [waiting, newest, foreign] = [close(1), close(2), close(3)];
  const answer = [waiting];
  signals.add(answer, signalOf(undefined, 1), false);
  // A strategy may use its list again.
  answer[0] = newest;
  signals.add(answer, signalOf(undefined, 2), true);

  expect([signals.of(waiting)?.at, signals.of(newest)?.at, signals.of(foreign)]).toEqual([1, 2, undefined]);
});
