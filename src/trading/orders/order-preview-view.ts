/** What an order would come to, as a person reads it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DENIALS, isDenialCode } from '../../core/domain/denial-catalogue.ts';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import {
  Decimal,
  Instant,
  instantText,
  moneyTextOrNull,
  orNull,
  priceTextOrNull,
  Units,
} from '../../http/values.ts';
import { ExposureView, exposureView } from '../accounts/summary-view.ts';
import { namedObject } from '../../http/schemas.ts';
import type { DescribedDenial } from '../../core/domain/denial-text.ts';
import type { OrderForecast } from './order-forecast.ts';

const DENIAL_CODES = Object.keys(DENIALS).filter(isDenialCode);

const DenialView = namedObject('Denial', {
  code: Type.Enum(DENIAL_CODES),
  detail: Type.String(),
  pointer: Type.String({ description: 'The field of the request that it is about.' }),
  facts: Type.Record(Type.String(), Type.Object({ value: Type.String(), unit: Type.String() }), {
    description: 'The numbers that were compared, with their units.',
  }),
});

const QuoteView = namedObject('PreviewQuote', { bid: Decimal, ask: Decimal, at: Instant });

const FillView = namedObject('PreviewFill', {
  price: orNull(
    Type.String({
      ...Decimal,
      description: 'At the newest quote, or where the order waits. Depth of the market is not known.',
    }),
  ),
  openedUnits: Type.Number({ ...Units, description: 'The rest closes what is open the other way.' }),
  longUnits: Type.Number({ ...Units, description: 'Open in the instrument afterwards.' }),
  shortUnits: Units,
});

const MarginView = namedObject('PreviewMargin', {
  needed: Type.String({
    ...Decimal,
    description: 'For the fill, with what is on its way, at the newest prices.',
  }),
  availableBefore: Decimal,
  availableAfter: Decimal,
});

const CostsView = namedObject('PreviewCosts', {
  spread: Type.String({ ...Decimal, description: 'What the opened units lose at once.' }),
  financingPerDay: Type.String({
    ...Decimal,
    description: 'For a day that is charged once; below zero is paid.',
  }),
});

const CeilingView = namedObject('PreviewCeiling', {
  code: Type.Enum(DENIAL_CODES, { description: 'The denial of an order with more units.' }),
  units: Units,
});

export const OrderPreviewView = namedObject('OrderPreview', {
  wouldBeSent: Type.Boolean({ description: 'Whether no rule denies it.' }),
  denials: Type.Array(DenialView, { description: 'Every rule that would deny it, the first first.' }),
  isHalted: Type.Boolean(),
  isMarketOpen: Type.Boolean(),
  quote: Type.Union([QuoteView, Type.Null()]),
  fill: Type.Union([FillView, Type.Null()], {
    description: 'Null for orders that protect a position, as all below.',
  }),
  margin: Type.Union([MarginView, Type.Null()]),
  costs: Type.Union([CostsView, Type.Null()]),
  lossAtStop: orNull(
    Type.String({
      ...Decimal,
      description:
        'What the opened units lose from the fill to the stop loss; null without one. The market may jump past it.',
    }),
  ),
  exposure: Type.Union([Type.Array(ExposureView), Type.Null()], {
    description: 'The net exposure of the account to each currency after the fill.',
  }),
  mostUnits: Type.Array(CeilingView, { description: 'The most units that each rule about units lets pass.' }),
});

/** Returns a preview as a person reads it. */
export function orderPreviewView(forecast: OrderForecast): Static<typeof OrderPreviewView> {
  const { instrument, denials, isHalted, isMarketOpen, quote, fill, margin, costs } = forecast;
  return {
    wouldBeSent: denials.length === 0,
    denials: denials.map(denialView),
    isHalted,
    isMarketOpen,
    quote: quote
      ? {
          bid: formatPrice(instrument, quote.bid),
          ask: formatPrice(instrument, quote.ask),
          at: instantText(quote.at),
        }
      : null,
    fill: fill
      ? {
          price: priceTextOrNull(instrument, fill.price),
          openedUnits: fill.openedUnits,
          longUnits: fill.open.long,
          shortUnits: fill.open.short,
        }
      : null,
    margin: margin
      ? {
          needed: formatMoney(margin.needed),
          availableBefore: formatMoney(margin.availableBefore),
          availableAfter: formatMoney(margin.availableAfter),
        }
      : null,
    costs: costs
      ? { spread: formatMoney(costs.spread), financingPerDay: formatMoney(costs.financingPerDay) }
      : null,
    lossAtStop: moneyTextOrNull(forecast.lossAtStop),
    exposure: forecast.exposure?.map(exposureView) ?? null,
    mostUnits: [...forecast.ceilings],
  };
}

function denialView({ code, field, sentence, facts }: DescribedDenial): Static<typeof DenialView> {
  return { code, detail: sentence, pointer: `/${field}`, facts };
}
