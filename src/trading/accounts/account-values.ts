/** What an account and its open positions are worth, as it is streamed while it changes. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { Decimal, Id } from '../../http/values.ts';
import { MoneyView, moneyView } from './account-view.ts';
import { namedObject } from '../../http/schemas.ts';
import type { ChannelContext } from '../../stream/channel.ts';
import type { Every } from '../../process/every.ts';
import type { LiveValues } from './live-valuation.ts';

/** Twice a second is as often as a person can read. */
const LOOK_EVERY_MS = 500;

export const AccountValuesView = namedObject('AccountValues', {
  kind: Type.Literal('values'),
  accountId: Id,
  money: MoneyView,
  positions: Type.Array(Type.Object({ id: Id, price: Decimal, unrealizedPnl: Decimal })),
});

/** What values are taken from, and how often. */
export interface AccountValuesSource {
  /** Undefined where the account does not run. */
  readonly valuesOf: (accountId: string) => LiveValues | undefined;
  readonly every: Every;
}

/**
 * Sends what changed since the last time, at most twice a second, until the returned function is called. A client that is behind is
 * sent nothing until it has caught up, and then the newest values only.
 */
export function streamValues(
  { valuesOf, every }: AccountValuesSource,
  accountId: string,
  { outbox }: Pick<ChannelContext, 'outbox'>,
): () => void {
  let sent = '';
  const look = (): void => {
    if (!outbox.isClear) return;
    const values = valuesOf(accountId);
    if (values === undefined) return;
    const view = valuesView(accountId, values);
    const { at: _at, ...money } = view.money;
    // Time alone is no change.
    const shown = JSON.stringify([money, view.positions]);
    if (shown === sent) return;
    sent = shown;
    outbox.send({ type: 'data', channel: 'account', data: view });
  };
  return every(look, LOOK_EVERY_MS);
}

function valuesView(
  accountId: string,
  { snapshot, positions }: LiveValues,
): Static<typeof AccountValuesView> {
  return {
    kind: 'values',
    accountId,
    money: moneyView(snapshot),
    positions: positions.map(({ id, price, unrealizedPnl, ...precision }) => ({
      id,
      price: formatPrice(precision, price),
      unrealizedPnl: formatMoney(unrealizedPnl),
    })),
  };
}
