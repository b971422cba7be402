/** Reads the journal and stores what people are notified of: once for each entry, in whichever copy of the server comes first. */

import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import { makeNotifications } from './make-notifications.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../process/log.ts';
import type { MessagePlanner } from './delivery/planner.ts';
import type { NotificationStore } from './notification-store.ts';
import type { RecipientStore } from './recipient-store.ts';

/** What another copy of the server left. */
const LOOK_EVERY_MS = 5_000;
/** Entries come in bursts, and a notification is no order: one turn serves a burst. */
const WAKE_AFTER_MS = 200;
/** Entries of one turn, and so of one transaction. */
const ENTRIES_A_TURN = 500;

export interface NotifierDependencies {
  readonly journal: Pick<Journal, 'pageAfter' | 'latestPlace'>;
  readonly store: Pick<NotificationStore, 'position' | 'begin' | 'store'>;
  readonly recipients: RecipientStore;
  readonly planner: Pick<MessagePlanner, 'plan'>;
  /** Called when a turn stored notifications. */
  readonly onStored: () => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The one reader of the journal that notifies people. */
export class Notifier {
  readonly #deps: NotifierDependencies;
  readonly #reading: Periodic;
  readonly #outage = new Outage();
  #made = 0;

  constructor(deps: NotifierDependencies) {
    this.#deps = deps;
    this.#reading = new Periodic({
      everyMs: LOOK_EVERY_MS,
      wakeAfterMs: WAKE_AFTER_MS,
      work: () => this.catchUp(),
      onFailure: (error) => {
        if (this.#outage.begin()) deps.log.warn({ err: error }, 'people were not notified; trying again');
      },
    });
  }

  /** How many notifications this copy of the server has made. */
  get made(): number {
    return this.#made;
  }

  start(): void {
    this.#reading.start();
    this.#reading.wake();
  }

  /** There are new entries. */
  wake(): void {
    this.#reading.wake();
  }

  stop(): Promise<void> {
    return this.#reading.stop();
  }

  /** Takes every entry that can be read. The first time of all it begins with what comes from then on: old news is none. */
  async catchUp(): Promise<void> {
    const { store, journal } = this.#deps;
    if ((await store.position()) === undefined) await store.begin((await journal.latestPlace()).sequence);
    while (!this.#reading.isStopped && (await this.#turn()));
    this.#outage.end(this.#deps.log, 'people are notified again');
  }

  /** Takes the next entries; returns whether there may be more. */
  async #turn(): Promise<boolean> {
    const { store, journal, recipients, planner, onStored } = this.#deps;
    const from = (await store.position()) ?? 0;
    const { entries, cursor } = await journal.pageAfter({ sequence: from }, {}, ENTRIES_A_TURN);
    if (cursor.sequence === from) return false;
    const made = await makeNotifications(entries, recipients);
    const plan = await planner.plan(made);
    const isStored = await store.store(made, { from, to: cursor.sequence }, plan);
    if (isStored && made.length > 0) {
      this.#made += made.length;
      onStored();
    }
    return entries.length === ENTRIES_A_TURN || !isStored;
  }
}
