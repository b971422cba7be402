/** The subscriptions of one socket: begun, replaced and ended as its client asks. */

import { Problem } from '../core/shared/problem.ts';
import { present } from '../core/shared/assert.ts';
import type { Channel, ChannelContext, SubscribeFrame, Subscription } from './channel.ts';
import type { StreamFrame } from './protocol.ts';

/** More than one screen shows; each costs memory and work at every change. */
const MOST_SUBSCRIPTIONS = 50;

/** What a subscription is named by: the channel, and the account where it is about one. */
export interface SubscriptionName {
  readonly channel: string;
  readonly accountId?: string | undefined;
}

/** Runs the channels of one person's socket. */
export class Subscriptions {
  readonly #channels: readonly Channel[];
  readonly #context: ChannelContext;
  readonly #byName = new Map<string, Subscription>();
  #isOver = false;

  constructor(channels: readonly Channel[], context: ChannelContext) {
    this.#channels = channels;
    this.#context = context;
  }

  /** Begins a subscription, which replaces one of the same name. Refuses what is not the person's with `not-found`. */
  async begin(frame: SubscribeFrame): Promise<void> {
    const { userId, outbox } = this.#context;
    const channel = present(
      this.#channels.find(({ frames }) => frames.name === frame.channel),
      'the channel of a frame that passed its check',
    );
    await channel.authorize?.(userId, frame);
    if (this.#isOver) return;
    const name = nameOf(frame);
    if (!this.#byName.has(name) && this.#byName.size >= MOST_SUBSCRIPTIONS) {
      throw new Problem('too-many-requests', `A socket may have ${MOST_SUBSCRIPTIONS} subscriptions.`);
    }
    const subscription = channel.open(frame, this.#context);
    this.#end(name);
    this.#byName.set(name, subscription);
    // Channels send nothing before the next turn of the event loop, so this frame is the first.
    outbox.send({ type: 'subscribed', ...namedBy(frame) } satisfies StreamFrame);
  }

  /** Ends a subscription if there is one of this name. */
  end(subscription: SubscriptionName): void {
    this.#end(nameOf(subscription));
    this.#context.outbox.send({ type: 'unsubscribed', ...namedBy(subscription) } satisfies StreamFrame);
  }

  /** The client has processed entries up to this number. */
  acknowledge(sequence: number): void {
    for (const subscription of this.#byName.values()) subscription.acknowledge?.(sequence);
  }

  /** Ends all of them, and begins no more. */
  endAll(): void {
    this.#isOver = true;
    for (const name of this.#byName.keys()) this.#end(name);
  }

  #end(name: string): void {
    this.#byName.get(name)?.end();
    this.#byName.delete(name);
  }
}

/** Returns the fields by which frames name a subscription. */
export function namedBy({ channel, accountId }: SubscriptionName) {
  return { channel, ...(accountId !== undefined && { accountId }) };
}

function nameOf({ channel, accountId }: SubscriptionName): string {
  return accountId === undefined ? channel : `${channel} ${accountId}`;
}
