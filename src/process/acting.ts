/** For whom the process works at this moment: the sender of a request, or the operator at a command. The journal notes it with each entry. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../core/shared/actor.ts';

/** Who acts, and the request by which they do. */
export interface Acting {
  /** Undefined while it is not known, as before a sign-in. */
  readonly by?: Actor | undefined;
  readonly requestId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** When the request came (UTC ms). */
  readonly receivedAt?: number | undefined;
  /** Counts the entries that say what was done. */
  readonly trace?: { entries: number } | undefined;
}

/** A stretch of work for someone. What began within it and lasts longer, such as a timer, works for no one after its end. */
export interface ActingTurn {
  acting: Acting | undefined;
  isOver: boolean;
}

const turns = new AsyncLocalStorage<ActingTurn>();

/** Who acts now; undefined when the server works by itself. */
export function currentActing(): Acting | undefined {
  const turn = turns.getStore();
  return turn?.isOver === false ? turn.acting : undefined;
}

/** Does `work`, and what follows from it, for someone; for no one when `acting` is undefined. */
export function actAs<T>(acting: Acting | undefined, work: () => T): T {
  // Without a context there is nothing to leave: this is the way of every quote.
  if (acting === undefined && turns.getStore() === undefined) return work();
  return turns.run({ acting, isOver: false }, work);
}

/** Does `work` in a turn that someone else ends. */
export function inTurnOf<T>(turn: ActingTurn, work: () => T): T {
  return turns.run(turn, work);
}
