/** Shows other copies of the server, and anyone who wants to run a contract, that this copy runs and which version it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorFailure } from '../../failure.ts';
import { ServingLease, thisMoment } from './serving-lease.ts';
import type { Instance, InstanceStore } from './instance-store.ts';

/** An eighth of the time after which a copy counts as gone. */
const BEAT_EVERY_MS = 15_000;
/** The row of a copy that was not seen for a day is deleted. */
const KEEP_MS = 24 * 60 * 60_000;
/** How often a copy that may not begin yet asks again. */
const ASK_AGAIN_MS = 200;
/** How often it looks whether it was suspended for too long. */
const LOOK_EVERY_MS = 1_000;

export interface InstanceHeartbeatParts {
  readonly store: Pick<InstanceStore, 'enter' | 'beat' | 'markStopped' | 'removeUnseenFor'>;
  readonly instance: Instance;
  readonly log: { warn(fields: object, message: string): void };
  /** What everything that acts asks before it does. */
  readonly lease?: ServingLease;
  /** Looks at the schema once more; throws when this version must not work with it any more. */
  readonly confirmSchema?: () => Promise<void>;
  /** Called when it must not: this process is to end. */
  readonly onLost?: (error: MigratorFailure) => void;
  /** How often it beats; less often than tests have time for. */
  readonly beatEveryMs?: number;
}

/** Beats until it is stopped. A beat that fails is a warning: trading does not depend on it. */
export class InstanceHeartbeat implements AsyncDisposable {
  readonly #parts: InstanceHeartbeatParts;
  readonly #lease: ServingLease;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isEnteringAgain = false;
  #isLapseTold = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(parts: InstanceHeartbeatParts) {
    this.#parts = parts;
    this.#lease = parts.lease ?? new ServingLease();
  }

  /**
   * Enters this copy and beats from now on; resolves when it is entered, so that no copy serves unseen. While a contract runs
   * it waits: a copy that the contract did not see must check the schema after it. Throws when it cannot be entered, or when the
   * schema does not fit any more.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { store, beatEveryMs = BEAT_EVERY_MS, confirmSchema } = this.#parts;
    const askedAt = thisMoment();
    const isSeen = await this.#enter(signal);
    this.#timer = setInterval(() => this.#next(() => this.#beat()), beatEveryMs);
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
    this.#watch.unref();
    await confirmSchema?.();
    if (isSeen) this.#lease.renew(askedAt);
    this.#next(async () => void (await store.removeUnseenFor(KEEP_MS)));
    await this.#beating;
  }

  /** Stops beating and removes the row, so that no one waits for this copy. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    clearInterval(this.#watch);
    this.#timer = undefined;
    this.#next(() => this.#parts.store.markStopped(this.#parts.instance.id));
    await this.#beating;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Returns whether others can see it from now on. */
  async #enter(signal: AbortSignal | undefined): Promise<boolean> {
    const { store, instance, log } = this.#parts;
    let entering = await store.enter(instance);
    while (entering === 'contract-runs') {
      await sleep(ASK_AGAIN_MS, undefined, { ...(signal && { signal }) });
      entering = await store.enter(instance);
    }
    if (entering === 'no-table')
      log.warn({}, 'the schema has no table of copies yet: a contract would not see this one');
    return entering === 'entered';
  }

  async #beat(): Promise<void> {
    const askedAt = thisMoment();
    if (!this.#lease.isValid) return;
    await this.#parts.store.beat(this.#parts.instance);
    // Had it lapsed while the beat was on its way, a contract might have begun just before.
    if (this.#lease.isValid) this.#lease.renew(askedAt);
  }

  #look(): void {
    if (this.#lease.isValid || this.#isEnteringAgain) return;
    this.#isEnteringAgain = true;
    this.#next(() => this.#enterAgain().finally(() => (this.#isEnteringAgain = false)));
  }

  /** As at the start: first it is seen, then it looks. A contract that runs is waited for by looking again. */
  async #enterAgain(): Promise<void> {
    const { store, instance, log, confirmSchema, onLost } = this.#parts;
    if (!this.#isLapseTold)
      log.warn(
        {},
        'this copy was not seen for so long that others took it for gone; it looks at the schema before it continues',
      );
    this.#isLapseTold = true;
    const askedAt = thisMoment();
    if ((await store.enter(instance)) === 'contract-runs') return;
    try {
      await confirmSchema?.();
      this.#lease.renew(askedAt);
      this.#isLapseTold = !this.#lease.isValid;
    } catch (error) {
      if (!(error instanceof MigratorFailure)) throw error;
      onLost?.(error);
    }
  }

  /** One after another: a late beat must not overwrite the stop. */
  #next(work: () => Promise<void>): void {
    this.#beating = this.#beating.then(work).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, 'other copies of the server cannot see that this one runs');
    });
  }
}
