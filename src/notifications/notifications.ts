/** What a person was notified of: listed, marked as read, and removed when it is old. */

import { Problem } from '../core/shared/problem.ts';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { firstIdAt } from './first-id-at.ts';
import type { Severity } from '../core/domain/journal-entry.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { NotificationStore, StoredNotification } from './notification-store.ts';

/** The journal keeps the entry for longer. */
export const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;
/** More than this many unread ones are shown as this many. */
export const MOST_COUNTED = 1_000;

export interface NotificationFilter {
  readonly isUnread: boolean;
  readonly minSeverity: Severity;
}

export interface NotificationsDependencies {
  readonly store: NotificationStore;
  readonly clock: () => number;
}

/** The notifications of all people. */
export class Notifications {
  readonly #store: NotificationStore;
  readonly #clock: () => number;

  constructor({ store, clock }: NotificationsDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  page(
    userId: string,
    { isUnread, minSeverity }: NotificationFilter,
    page: PageRequest,
  ): Promise<readonly StoredNotification[]> {
    const severities = SEVERITIES.slice(SEVERITIES.indexOf(minSeverity));
    return this.#store.page(userId, { isUnread, severities }, page);
  }

  /** How many a person has not read, {@link MOST_COUNTED} at most. */
  countUnread(userId: string): Promise<number> {
    return this.#store.countUnread(userId, MOST_COUNTED);
  }

  /** Marks one as read and returns it; one that was read before keeps its time. Throws `not-found`. */
  async markRead(userId: string, id: string): Promise<StoredNotification> {
    const notification = await this.#store.markRead(userId, id, this.#clock());
    if (!notification) throw new Problem('not-found', 'There is no such notification.');
    return notification;
  }

  /** Marks all as read, or the one with this id and those before it; returns how many were unread. Throws `not-found`. */
  async markAllRead(userId: string, upTo: string | undefined): Promise<number> {
    const marked = await this.#store.markAllRead(userId, upTo, this.#clock());
    if (marked === undefined) throw new Problem('not-found', 'There is no such notification.');
    return marked;
  }

  /** Removes those that are older than {@link KEPT_DAYS} days, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#store.removeBelow(firstIdAt(this.#clock() - KEPT_DAYS * DAY_MS));
  }
}
