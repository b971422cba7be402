/** Sends messages until they are taken: at least once, in order for each channel, and given up after three days. */

import { Problem } from '../../core/shared/problem.ts';
import { backoffDelayMs } from '../../core/shared/backoff.ts';
import { Periodic } from '../../process/periodic.ts';
import { openChannelSecret } from '../channels/channel-secret.ts';
import { AttemptCounts } from './attempt-counts.ts';
import { firstIdAt } from '../first-id-at.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import type { Log } from '../../process/log.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { ChannelSecret } from '../channels/channel-secret.ts';
import type { ChannelStore, StoredChannel } from '../channels/channel-store.ts';
import type { Recipient, RecipientStore } from '../recipient-store.ts';
import type { Attempt, ChannelSenders } from './channel-senders.ts';
import type { GoneReceivers } from './gone-receivers.ts';
import type { DeliveryState, DeliveryStore, DueDelivery, StoredDelivery } from './delivery-store.ts';

/** What becomes due, and what another copy of the server stored. */
const LOOK_EVERY_MS = 5_000;
/** Longer than any receiver is waited for: 10 seconds for a call, a minute for a mail. */
const TAKEN_FOR_MS = 120_000;
const PAUSES = { firstMs: 15_000, longestMs: 15 * 60_000 };
/** A receiver that asks for longer is tried at its time, but not later than this. */
const LONGEST_ASKED_MS = 6 * 3_600_000;
const TRIED_FOR_MS = 3 * 24 * 3_600_000;
/** One slow receiver holds up only its own person; so many people with slow receivers at once hold up others until one of these is done. */
const AT_ONCE = 8;
export const KEPT_DAYS = 30;
const DAY_MS = 24 * 3_600_000;
/** At the stop of the server, what a receiver is taking may end: cut off, it is sent again. */
const GRACE_MS = 2_000;

export interface DeliveriesDependencies {
  readonly store: DeliveryStore;
  readonly channels: Pick<ChannelStore, 'find'>;
  readonly goneReceivers: Pick<GoneReceivers, 'turnOff'>;
  readonly recipients: Pick<RecipientStore, 'find'>;
  readonly senders: ChannelSenders;
  readonly keys: KeyRing;
  readonly clock: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The messages of everyone. */
export class Deliveries {
  readonly #deps: DeliveriesDependencies;
  readonly #delivering: Periodic;
  /** What came of the attempts of this copy of the server. */
  readonly attempts = new AttemptCounts();
  /** People to whom something is being sent. */
  readonly #busy = new Set<string>();
  /** What is being sent, each to one person after the other. */
  readonly #sending = new Set<Promise<void>>();
  #lastTake: Promise<unknown> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(deps: DeliveriesDependencies) {
    this.#deps = deps;
    this.#delivering = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.#sendDue(),
      onFailure: (error) => this.#failed(error),
    });
  }

  start(): void {
    this.#delivering.start();
    this.#delivering.wake();
  }

  /** Messages were stored. */
  wake(): void {
    this.#delivering.wake();
  }

  /** A receiver that does not answer soon is not waited for: what is being sent is tried again, under its id. */
  async stop(): Promise<void> {
    const grace = setTimeout(() => this.#stopping.abort(), GRACE_MS);
    await this.#delivering.stop();
    await Promise.all(this.#sending);
    clearTimeout(grace);
  }

  /** Sends what is due, and resolves when that has come to an end. */
  async deliver(): Promise<void> {
    await this.#sendDue();
    await Promise.all(this.#sending);
  }

  /** Begins to send what is due, as far as that many may be sent at once, and waits for no receiver. */
  async #sendDue(): Promise<void> {
    while (this.#sending.size < AT_ONCE) {
      const delivery = await this.#take();
      if (!delivery) return;
      const sending = this.#deliverFrom(delivery)
        .catch((error: unknown) => this.#failed(error))
        .finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  #failed(error: unknown): void {
    this.#deps.log.warn({ err: error }, 'messages were not sent; trying again');
  }

  page(
    userId: string,
    state: DeliveryState | undefined,
    page: PageRequest,
  ): Promise<readonly StoredDelivery[]> {
    return this.#deps.store.page(userId, state, page);
  }

  /** Throws `not-found` when the person has no such message. */
  async get(userId: string, id: string): Promise<StoredDelivery> {
    const delivery = await this.#deps.store.find(userId, id);
    if (!delivery) throw new Problem('not-found', 'There is no such message.');
    return delivery;
  }

  /** Has a message that was given up sent again. Throws `not-found`, or `conflict` when it was not given up. */
  async sendAgain(userId: string, id: string): Promise<StoredDelivery> {
    const { store, clock } = this.#deps;
    const isRevived = await store.revive(userId, id, clock());
    const delivery = await this.get(userId, id);
    if (!isRevived) throw new Problem('conflict', `The message is not given up: it is ${delivery.state}.`);
    this.wake();
    return delivery;
  }

  /** Removes those that ended longer than {@link KEPT_DAYS} days ago, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#deps.store.removeBelow(firstIdAt(this.#deps.clock() - KEPT_DAYS * DAY_MS));
  }

  /** One after the other, so that no two messages of a person are taken at once. */
  #take(): Promise<DueDelivery | undefined> {
    const taking = this.#lastTake.then(() => this.#takeNext());
    this.#lastTake = taking.catch(() => undefined);
    return taking;
  }

  async #takeNext(): Promise<DueDelivery | undefined> {
    const { store, clock } = this.#deps;
    if (this.#delivering.isStopped) return undefined;
    const delivery = await store.takeDue(clock(), clock() + TAKEN_FOR_MS, [...this.#busy]);
    if (delivery) this.#busy.add(delivery.userId);
    return delivery;
  }

  /** Sends a message, and then the next that is due, until there is none. */
  async #deliverFrom(first: DueDelivery | undefined): Promise<void> {
    for (let delivery = first; delivery; delivery = await this.#take()) {
      try {
        await this.#record(delivery, await this.#attempt(delivery));
      } finally {
        this.#busy.delete(delivery.userId);
      }
    }
  }

  async #attempt(delivery: DueDelivery): Promise<Attempt> {
    const { channels, recipients, senders, goneReceivers } = this.#deps;
    const { userId, channelId, kind } = delivery;
    const [recipient] = await recipients.find([userId]);
    if (!recipient) return { outcome: 'refused', said: 'The person may not use the server.' };
    const channel = channelId === undefined ? undefined : await channels.find(userId, channelId);
    if (channel?.isOn === false) return { outcome: 'refused', said: 'The channel is turned off.' };
    if (!channel && kind === 'webhook' && recipient.notifyWebhookUrl === undefined)
      return { outcome: 'refused', said: 'The settings name no webhook any more.' };
    try {
      const secret = channel ? this.#open(channel) : secretOfSettings(recipient);
      const attempt = await senders.send({ ...delivery, secret, recipient }, this.#stopping.signal);
      if (attempt.outcome === 'gone') await goneReceivers.turnOff(recipient, channel, attempt.said);
      return attempt;
    } catch (error) {
      // A key that is lacking may be there again later.
      if (error instanceof Problem && error.type === 'secret-unreadable')
        return { outcome: 'later', said: 'The server lacks the key for the secret of this channel.' };
      throw error;
    }
  }

  #open({ id, secret }: StoredChannel): ChannelSecret {
    return secret ? openChannelSecret(this.#deps.keys, id, secret) : {};
  }

  async #record({ id, userId, kind, attempt, createdAt }: DueDelivery, came: Attempt): Promise<void> {
    const { store, clock, log } = this.#deps;
    const { outcome, said, pauseMs } = came;
    if (outcome === 'sent') {
      this.attempts.add(kind, 'delivered');
      return store.end(id, 'sent', said, clock());
    }
    if (outcome === 'later' && clock() - createdAt < TRIED_FOR_MS) {
      this.attempts.add(kind, 'failed');
      const usualMs = backoffDelayMs(attempt - 1, PAUSES, 1);
      const waitMs = Math.max(usualMs, Math.min(pauseMs ?? 0, LONGEST_ASKED_MS));
      return store.postpone(id, clock() + waitMs, said);
    }
    this.attempts.add(kind, 'dead');
    await store.end(id, 'dead', said, clock());
    log.info({ deliveryId: id, userId, kind, attempt }, 'a message to a person was given up');
  }
}

/** The webhook of `/settings` has no secret to sign with. */
function secretOfSettings({ notifyWebhookUrl }: Recipient): ChannelSecret {
  return notifyWebhookUrl === undefined ? {} : { url: notifyWebhookUrl };
}
