/** Refusals that wait: a sender who is blocked or sends too much, and repeats a request as soon as it was refused, would make more work than it was refused for. */

import { Problem } from '../core/shared/problem.ts';
import { MinuteBudget } from './minute-budget.ts';
import { sendProblem } from './problems.ts';
import { senderOf } from './rate-limits.ts';
import type { App } from './route.ts';

/** Programs that look at `Retry-After` are refused once or twice in a minute, and pages with ten parts once for each. */
const AT_ONCE_IN_A_MINUTE = 10;
const HOLD_MS = 1_000;
/** Each holds its request and connection in memory; one more of them is cut off. */
const MOST_HELD = 1_000;
const MOST_HELD_OF_SENDER = 50;

/** How refusals are held. */
export interface HoldLimits {
  readonly holdMs: number;
  readonly held: number;
  readonly heldOfSender: number;
}

const HOLD_LIMITS: HoldLimits = { holdMs: HOLD_MS, held: MOST_HELD, heldOfSender: MOST_HELD_OF_SENDER };

/** Answers failures; refusals of requests that are too many or come from a blocked address at once, later or never. */
export function answerFailures(app: App): void {
  const refusals = new HeldRefusals();
  app.addHook('preClose', (done) => {
    refusals.releaseAll();
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    if (!isForSender(error)) return sendProblem(error, request, reply);
    return refusals.wait(senderOf(request)).then((when) => {
      if (when === 'never') request.raw.socket.destroy();
      if (when === 'later') void reply.header('connection', 'close');
      return sendProblem(error, request, reply);
    });
  });
}

/** Whether any request of the sender would be refused now. */
function isForSender(error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  return error.type === 'too-many-requests' || error.facts.code === 'address-blocked';
}

/** Decides when a refusal is answered. */
export class HeldRefusals {
  readonly #limits: HoldLimits;
  readonly #atOnce = new MinuteBudget(AT_ONCE_IN_A_MINUTE);
  readonly #heldBySender = new Map<string, number>();
  readonly #releases = new Set<() => void>();
  #isOver = false;

  constructor(limits: HoldLimits = HOLD_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Returns `at-once` for the first refusals of a sender in a minute. Of those that follow it resolves with `later` when their time is
   * over, and with `never`, at once, when so many wait that this one is to be cut off.
   */
  async wait(sender: string): Promise<'at-once' | 'later' | 'never'> {
    if (this.#isOver || this.#atOnce.spend(sender, 1, performance.now()) === undefined) return 'at-once';
    const ofSender = this.#heldBySender.get(sender) ?? 0;
    const { holdMs, held, heldOfSender } = this.#limits;
    if (this.#releases.size >= held || ofSender >= heldOfSender) return 'never';
    this.#heldBySender.set(sender, ofSender + 1);
    await this.#hold(holdMs);
    const left = (this.#heldBySender.get(sender) ?? 1) - 1;
    if (left > 0) this.#heldBySender.set(sender, left);
    else this.#heldBySender.delete(sender);
    return 'later';
  }

  /** Nothing waits any more: the server stops. */
  releaseAll(): void {
    this.#isOver = true;
    for (const release of this.#releases) release();
  }

  #hold(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const release = (): void => {
        clearTimeout(timer);
        this.#releases.delete(release);
        resolve();
      };
      const timer = setTimeout(release, ms);
      this.#releases.add(release);
    });
  }
}
