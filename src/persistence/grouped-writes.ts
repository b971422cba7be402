/**
 * Writes that wait for the database at the same time are one statement, and so one message and one commit. What each comes to is known only
 * after the commit.
 */

import { setImmediate as endOfTurn } from 'node:timers/promises';
import { actAs } from '../process/acting.ts';
import { certainlyRolledBack } from './certainly-rolled-back.ts';

/** Groups that are written at once: while one commits, the next one goes out. */
const AT_ONCE = 2;
const MOST_IN_GROUP = 64;

/** How groups are written. */
export interface GroupedWritesParts<Item, Result> {
  /** Writes several in one statement that waits for no one's lock. Returns what each came to; undefined for one that was left out. */
  readonly writeAll: (items: readonly Item[]) => Promise<readonly (Result | undefined)[]>;
  /** Writes one, whatever it has to wait for. */
  readonly writeOne: (item: Item) => Promise<Result>;
}

interface Waiting<Item, Result> {
  readonly key: string;
  readonly item: Item;
  readonly end: (result: Result | Promise<Result>) => void;
}

/** Collects writes until the end of the turn of the event loop, and while earlier groups are being written. */
export class GroupedWrites<Item, Result> {
  readonly #parts: GroupedWritesParts<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  /** Keys of what is being written. */
  readonly #busy = new Set<string>();
  #underWay = 0;
  #isScheduled = false;

  constructor(parts: GroupedWritesParts<Item, Result>) {
    this.#parts = parts;
  }

  /** Writes an item. Those of one key are written one after the other, in the order in which they came. */
  write(key: string, item: Item): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    this.#waiting.push({ key, item, end: resolve });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#underWay >= AT_ONCE || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    // A group is written for no one in particular.
    void actAs(undefined, async () => {
      await endOfTurn();
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    const group = this.#takeGroup();
    if (group.length === 0) return;
    this.#underWay += 1;
    this.#schedule();
    void this.#writeGroup(group).finally(() => {
      this.#underWay -= 1;
      this.#schedule();
    });
  }

  /** The oldest of each key that is not being written. */
  #takeGroup(): readonly Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = [];
    const later: Waiting<Item, Result>[] = [];
    for (const waiting of this.#waiting) {
      if (group.length === MOST_IN_GROUP || this.#busy.has(waiting.key)) later.push(waiting);
      else {
        this.#busy.add(waiting.key);
        group.push(waiting);
      }
    }
    this.#waiting = later;
    return group;
  }

  /** Resolves when the group is written; what must be written alone is not waited for. */
  async #writeGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    let results: readonly (Result | undefined)[] = [];
    try {
      results = await this.#parts.writeAll(group.map(({ item }) => item));
    } catch (error) {
      // Without an answer it may have been written, and must not be written once more.
      if (group.length === 1 || !certainlyRolledBack(error)) {
        for (const waiting of group) this.#end(waiting, Promise.reject(error));
        return;
      }
    }
    for (const [index, waiting] of group.entries()) {
      const result = results[index];
      // One that cannot be written does not fail the others, and one that waits for a lock does not delay them.
      this.#end(waiting, result ?? this.#parts.writeOne(waiting.item));
    }
  }

  #end({ key, end }: Waiting<Item, Result>, result: Result | Promise<Result>): void {
    end(result);
    const free = (): void => {
      this.#busy.delete(key);
      this.#schedule();
    };
    if (result instanceof Promise) void result.then(free, free);
    else free();
  }
}
