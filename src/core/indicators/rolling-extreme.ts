/** The highest or lowest of the last n values. */

import { assert } from '../shared/assert.ts';

/** Which end of the window is wanted. */
export type ExtremeKind = 'maximum' | 'minimum';

/** What a {@link RollingExtreme} must keep: how many values were seen, and the candidates, oldest first, with the number of each. */
export interface RollingExtremeState {
  readonly kind: ExtremeKind;
  readonly period: number;
  readonly seen: number;
  readonly candidates: readonly (readonly [number: number, value: number])[];
}

/**
 * The maximum or minimum of the last n values; ready at the n-th value. Constant time per update, amortised.
 * Keeps only the values that can still become the extreme (Lemire 2006, "Streaming maximum-minimum filter").
 */
export class RollingExtreme {
  readonly #kind: ExtremeKind;
  readonly #period: number;
  // A ring of candidates: from #front on, #length of them, each worse than the one before. #numbers says which value each was.
  readonly #values: Float64Array;
  readonly #numbers: Float64Array;
  #front = 0;
  #length = 0;
  #seen = 0;

  constructor(kind: ExtremeKind, period: number) {
    assert(
      Number.isInteger(period) && period >= 1,
      `a whole period of at least 1 was expected, was ${period}`,
    );
    this.#kind = kind;
    this.#period = period;
    this.#values = new Float64Array(period);
    this.#numbers = new Float64Array(period);
  }

  /** Takes the next value; returns the extreme of the window, or undefined while it is not ready. */
  update(value: number): number | undefined {
    this.#dropExpired();
    this.#dropBeatenBy(value);
    this.#append(this.#seen, value);
    this.#seen += 1;
    return this.value;
  }

  get value(): number | undefined {
    return this.#seen >= this.#period ? this.#values[this.#front] : undefined;
  }

  #dropExpired(): void {
    if (this.#length === 0 || (this.#numbers[this.#front] ?? 0) > this.#seen - this.#period) return;
    this.#front = this.#front + 1 === this.#period ? 0 : this.#front + 1;
    this.#length -= 1;
  }

  #dropBeatenBy(value: number): void {
    const isMaximum = this.#kind === 'maximum';
    while (this.#length > 0) {
      const last = this.#values[this.#slot(this.#length - 1)] ?? 0;
      if (isMaximum ? last > value : last < value) return;
      this.#length -= 1;
    }
  }

  #append(number: number, value: number): void {
    const slot = this.#slot(this.#length);
    this.#values[slot] = value;
    this.#numbers[slot] = number;
    this.#length += 1;
  }

  #slot(offset: number): number {
    const slot = this.#front + offset;
    return slot < this.#period ? slot : slot - this.#period;
  }

  save(): RollingExtremeState {
    const candidates = Array.from({ length: this.#length }, (_, offset) => {
      const slot = this.#slot(offset);
      return [this.#numbers[slot] ?? 0, this.#values[slot] ?? 0] as const;
    });
    return { kind: this.#kind, period: this.#period, seen: this.#seen, candidates };
  }

  /** Returns a rolling extreme with this state that answers exactly as the saved one would have. */
  static restore(state: RollingExtremeState): RollingExtreme {
    const extreme = new RollingExtreme(state.kind, state.period);
    extreme.#seen = state.seen;
    for (const [number, value] of state.candidates) extreme.#append(number, value);
    return extreme;
  }
}
