/** Which faults are armed, and which of them a request, a line of a stream or a connection meets. */

import { matchesPath } from './fault-path.ts';
import type { Fault, FaultKind, FaultOf } from './fault.ts';

/** A request as faults are limited to it: `path` is what follows the account, or /v3 where there is none. */
export interface FaultTarget {
  readonly method: string;
  readonly path: string;
}

/** A fault that waits or happens; `happened` is how often it did. */
export interface ArmedFault<Kind extends FaultKind = FaultKind> {
  readonly id: number;
  readonly fault: FaultOf<Kind>;
  /** The market time at which it was armed, in UTC ms. */
  readonly armedAt: number;
  readonly happened: number;
  /** Aborts when it is removed. */
  readonly removed: AbortSignal;
}

interface Kept {
  readonly id: number;
  readonly fault: Fault;
  readonly armedAt: number;
  happened: number;
  readonly removal: AbortController;
  readonly removed: AbortSignal;
}

/** The armed faults in the order of their arming. One that happened as often as it was to stays in the list and does no more. */
export class FaultPlan {
  readonly #faults: Kept[] = [];
  #lastId = 0;

  get list(): readonly ArmedFault[] {
    return this.#faults;
  }

  arm(fault: Fault, armedAt: number): ArmedFault {
    const removal = new AbortController();
    const kept = {
      id: (this.#lastId += 1),
      fault,
      armedAt,
      happened: 0,
      removal,
      removed: removal.signal,
    };
    this.#faults.push(kept);
    return kept;
  }

  /** Removes a fault, and lets go what it held up; returns whether there was one. */
  remove(id: number): boolean {
    const index = this.#faults.findIndex((kept) => kept.id === id);
    if (index < 0) return false;
    for (const { removal } of this.#faults.splice(index, 1)) removal.abort();
    return true;
  }

  removeAll(): void {
    for (const { removal } of this.#faults.splice(0)) removal.abort();
  }

  /** Returns the first fault of these kinds that the target meets, without counting it. */
  find<Kind extends FaultKind>(kinds: readonly Kind[], target?: FaultTarget): ArmedFault<Kind> | undefined {
    return this.#findKept(kinds, target);
  }

  /** Returns the first fault of these kinds that the target meets; it has happened once more. */
  take<Kind extends FaultKind>(kinds: readonly Kind[], target?: FaultTarget): ArmedFault<Kind> | undefined {
    const kept = this.#findKept(kinds, target);
    if (kept) kept.happened += 1;
    return kept;
  }

  #findKept<Kind extends FaultKind>(
    kinds: readonly Kind[],
    target: FaultTarget | undefined,
  ): (Kept & { readonly fault: FaultOf<Kind> }) | undefined {
    return this.#faults.find(
      (kept): kept is Kept & { readonly fault: FaultOf<Kind> } =>
        (kinds as readonly FaultKind[]).includes(kept.fault.fault) && isMet(kept, target),
    );
  }
}

function isMet({ fault, happened }: Kept, target: FaultTarget | undefined): boolean {
  const { count, method, path } = fault as Partial<FaultOf<'request-lost'>>;
  if (count !== undefined && happened >= count) return false;
  if (!target) return true;
  return (
    (method === undefined || method === target.method) &&
    (path === undefined || matchesPath(path, target.path))
  );
}
