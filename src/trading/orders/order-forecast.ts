/** What an order would come to on a running account, with its denials as a person reads them. */

import { describeDenial } from '../../core/domain/denial-text.ts';
import { instantText } from '../../http/values.ts';
import type { DescribedDenial } from '../../core/domain/denial-text.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { OrderRequest } from '../../core/domain/order.ts';
import type { OrderPreview } from '../../core/engine/order-preview.ts';
import type { LiveAccount } from '../live-account.ts';

/** A preview, and the instrument whose prices it names. */
export interface OrderForecast extends Omit<OrderPreview, 'denials'> {
  readonly instrument: Instrument;
  readonly denials: readonly DescribedDenial[];
}

/** Returns what the order would come to now. Its instrument must be one of the account's. */
export function forecastOf(
  live: LiveAccount,
  order: Pick<OrderRequest, 'terms' | 'protects'>,
): OrderForecast {
  const instrument = live.instruments.named(order.terms.instrument);
  const context = { currency: live.currency, instrument, instantText };
  const { denials, ...preview } = live.requests.preview(order);
  return { ...preview, instrument, denials: denials.map((denial) => describeDenial(denial, context)) };
}
