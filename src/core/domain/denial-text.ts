/** Denials as text: the sentence for a person, and the numbers as decimals with their units. */

import { formatDecimal } from '../shared/decimal.ts';
import { DENIALS } from './denial-catalogue.ts';
import { formatPrice } from './instrument.ts';
import { formatMoney } from './money.ts';
import type { Denial, DenialNumber } from './denial.ts';
import type { DenialCode } from './denial-catalogue.ts';
import type { DenialField } from './denial-field.ts';
import type { Instrument } from './instrument.ts';

/** How the numbers of a denial are written: the account's currency, and the instrument of the request if the account has it. */
export interface DenialContext {
  readonly currency: string;
  readonly instrument: Pick<Instrument, 'name' | 'pricePrecision' | 'unitsPrecision'> | undefined;
  /** How an instant in UTC ms is written. */
  readonly instantText: (at: number) => string;
}

/** A number as decimal text, and its unit: a currency, `units`, `pips`, `seconds`, …; an instant in RFC 3339 with `UTC`; a count and the name of a currency without one. */
export interface NamedAmount {
  readonly value: string;
  readonly unit: string;
}

/** A denial as it is shown: the field that it is about, its sentences with the numbers and the remedy, and the numbers by what each is. */
export interface DescribedDenial {
  readonly code: DenialCode;
  readonly field: DenialField;
  readonly sentence: string;
  readonly facts: Readonly<Record<string, NamedAmount>>;
}

/**
 * Returns a denial as it is shown: "… marginAvailable. Needed 812.4000 USD, available 310.2000 USD. Order fewer units, …" Prices that
 * cannot be written without the instrument are left out.
 */
export function describeDenial(
  { code, field, numbers = {} }: Denial,
  context: DenialContext,
): DescribedDenial {
  const facts: Record<string, NamedAmount> = {};
  for (const [name, number] of Object.entries(numbers)) {
    const amount = namedAmount(number, context);
    if (amount) facts[name] = amount;
  }
  const { reason, remedy, field: usualField } = DENIALS[code];
  return { code, field: field ?? usualField, facts, sentence: `${reason}${listOf(facts)} ${remedy}` };
}

function listOf(facts: Readonly<Record<string, NamedAmount>>): string {
  const amounts = Object.entries(facts).map(([name, { value, unit }]) =>
    unit === '' ? `${words(name)} ${value}` : `${words(name)} ${value} ${unit}`,
  );
  const list = amounts.join(', ');
  return list === '' ? '' : ` ${list.charAt(0).toUpperCase()}${list.slice(1)}.`;
}

function namedAmount(number: DenialNumber, context: DenialContext): NamedAmount | undefined {
  const { currency, instrument } = context;
  if (number.kind === 'currency') return { value: number.value, unit: '' };
  const { kind, value } = number;
  if (!Number.isFinite(value)) return undefined;
  switch (kind) {
    case 'money':
      return { value: formatMoney(Math.round(value)), unit: currency };
    case 'units':
      return { value: String(value), unit: 'units' };
    case 'price':
      return instrument && Number.isSafeInteger(value)
        ? { value: formatPrice(instrument, value), unit: instrument.name }
        : undefined;
    case 'position':
      return { value: String(value), unit: 'brokerPositionId' };
    case 'pips':
      return { value: formatDecimal(Math.round(value), 1), unit: 'pips' };
    case 'duration':
      return { value: formatDecimal(Math.round(value), 3), unit: 'seconds' };
    case 'instant':
      return { value: context.instantText(value), unit: 'UTC' };
    case 'count':
      return { value: String(value), unit: '' };
  }
}

/** `freeAfter` as words: "free after". */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
