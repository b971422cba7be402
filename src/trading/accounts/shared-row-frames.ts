/** Frames of the rows of accounts. Sockets that want the same at the same moment, as all that follow an account do, share one read and one frame. */

import { setImmediate as endOfTurn } from 'node:timers/promises';
import { textFrame } from '../../stream/text-frame.ts';
import type { AccountRows, ChangedRows, TradingViews } from '../trading-views.ts';

/** What a socket wants: everything that is open, or rows that changed, as the journal says up to an entry. */
export interface WantedRows {
  readonly accountId: string;
  /** Undefined: what is open. */
  readonly changed: ChangedRows | undefined;
  readonly sequence: number | undefined;
}

/** A frame, and the orders in it. */
export interface RowFrame {
  readonly bytes: Buffer;
  readonly orderIds: readonly string[];
}

/** Reads rows and makes frames of them; `frameOf` returns what the frame says. */
export class SharedRowFrames {
  readonly #views: Pick<TradingViews, 'openRowsOf' | 'changedRowsOf'>;
  readonly #frameOf: (wanted: WantedRows, rows: AccountRows) => object;
  /** Frames that are not being read yet: whoever asks until then is shown all that they heard of. */
  readonly #toRead = new Map<string, Promise<RowFrame | undefined>>();

  constructor(
    views: Pick<TradingViews, 'openRowsOf' | 'changedRowsOf'>,
    frameOf: (wanted: WantedRows, rows: AccountRows) => object,
  ) {
    this.#views = views;
    this.#frameOf = frameOf;
  }

  /** Returns the frame of rows as they are at the end of this turn of the event loop or later; undefined when the account is gone. */
  read(wanted: WantedRows): Promise<RowFrame | undefined> {
    const key = keyOf(wanted);
    const known = this.#toRead.get(key);
    if (known) return known;
    const frame = this.#readLater(key, wanted);
    this.#toRead.set(key, frame);
    return frame;
  }

  async #readLater(key: string, wanted: WantedRows): Promise<RowFrame | undefined> {
    await endOfTurn();
    this.#toRead.delete(key);
    const { accountId, changed } = wanted;
    const rows = changed
      ? await this.#views.changedRowsOf(accountId, changed)
      : await this.#views.openRowsOf(accountId);
    if (!rows) return undefined;
    const bytes = textFrame(JSON.stringify(this.#frameOf(wanted, rows)));
    return { bytes, orderIds: rows.orders.map(({ id }) => id) };
  }
}

function keyOf({ accountId, changed, sequence }: WantedRows): string {
  const ids = changed ? [changed.orderIds, changed.positionIds, changed.tradeIds] : [];
  return [accountId, sequence, ...ids.map((set) => [...set].join(' '))].join('|');
}
