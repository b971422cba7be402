/** New notifications for those who are connected here, whichever copy of the server stored them. */

import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import type { Log } from '../process/log.ts';
import type { NotificationStore, StoredNotification } from './notification-store.ts';

/** Another copy of the server does not say when it has stored one. */
const LOOK_EVERY_MS = 1_000;

/** Receives one person's notifications. Called synchronously; it must not throw. */
type Listener = (notification: StoredNotification) => void;

export interface NotificationFeedDependencies {
  readonly store: Pick<NotificationStore, 'position' | 'between'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Reads what was stored since the last look, while anyone listens. */
export class NotificationFeed {
  readonly #store: NotificationFeedDependencies['store'];
  readonly #log: NotificationFeedDependencies['log'];
  readonly #looking: Periodic;
  readonly #listenersByUser = new Map<string, Set<Listener>>();
  /** How far the journal was taken at the last look. */
  #seen: number | undefined;
  readonly #outage = new Outage();

  constructor({ store, log }: NotificationFeedDependencies) {
    this.#store = store;
    this.#log = log;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.#look(),
      onFailure: (error) => {
        if (this.#outage.begin()) log.warn({ err: error }, 'notifications could not be read; trying again');
      },
    });
  }

  /** Finds out where to begin: a listener that is added afterwards misses nothing from here on. */
  async prepare(): Promise<void> {
    if (this.#listenersByUser.size > 0 && this.#seen !== undefined) return;
    this.#seen = (await this.#store.position()) ?? 0;
    this.#looking.start();
  }

  /** Calls `listener` with a person's new notifications until the returned function is called. */
  listen(userId: string, listener: Listener): () => void {
    const listeners = this.#listenersByUser.get(userId) ?? new Set();
    this.#listenersByUser.set(userId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listenersByUser.get(userId) === listeners)
        this.#listenersByUser.delete(userId);
    };
  }

  /** Some were stored here. */
  wake(): void {
    this.#looking.wake();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async #look(): Promise<void> {
    const from = this.#seen;
    if (this.#listenersByUser.size === 0 || from === undefined) return;
    const to = (await this.#store.position()) ?? 0;
    if (to > from) {
      const fresh = await this.#store.between({ from, to }, [...this.#listenersByUser.keys()]);
      this.#seen = to;
      for (const notification of fresh)
        for (const listener of this.#listenersByUser.get(notification.userId) ?? []) listener(notification);
    }
    this.#outage.end(this.#log, 'notifications are read again');
  }
}
