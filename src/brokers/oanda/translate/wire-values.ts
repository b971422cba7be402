/** How OANDA writes numbers, money and times, and what the client tolerates of it: unknown members, nulls, and numbers instead of text. */

import Type from 'typebox';
import { MONEY_SCALE } from '../../../core/domain/money.ts';
import { parseUnits } from '../../../core/domain/units.ts';
import { Unreadable } from './unreadable.ts';
import type { Static, TSchema } from 'typebox';
import type { Instrument, PricePrecision } from '../../../core/domain/instrument.ts';

/** A number of a transaction, order or trade. */
export const Id = Type.Union([
  Type.String({ pattern: '^[0-9]{1,15}$' }),
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
]);

/** Decimal text; a plain number where an answer has one. */
export const Decimal = Type.Union([Type.String({ pattern: '^[+-]?[0-9]+(\\.[0-9]+)?$' }), Type.Number()]);
export type Decimal = Static<typeof Decimal>;

/** A member that may be left out or null. */
export function maybe<S extends TSchema>(schema: S) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

/** Whether a member is there, and not null. */
export function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

/** What an id, tag and comment of ours, or of another program's, come back as. */
export const ClientExtensions = Type.Object({
  id: maybe(Type.String()),
  tag: maybe(Type.String()),
  comment: maybe(Type.String()),
});

const MONEY_PLACES = Math.log10(MONEY_SCALE);

/** Returns the whole number of an id. */
export function idOf(id: Static<typeof Id>): number {
  return Number(id);
}

/** The same, of one that may be missing. */
export function maybeId(id: Static<typeof Id> | null | undefined): number | undefined {
  return isGiven(id) ? idOf(id) : undefined;
}

/** Returns whole ten-thousandths, rounded where OANDA states more digits (it books some currencies with five); 0 of nothing. */
export function moneyOf(amount: Decimal | null | undefined): number {
  return isGiven(amount) ? roundedSteps(amount, MONEY_PLACES) : 0;
}

/** Returns whole points, rounded where an average of several prices has more digits. */
export function pointsOf({ pricePrecision }: PricePrecision, price: Decimal): number {
  return roundedSteps(price, pricePrecision);
}

/** The same, of a price that may be missing. */
export function maybePoints(instrument: Instrument, price: Decimal | null | undefined): number | undefined {
  return isGiven(price) ? pointsOf(instrument, price) : undefined;
}

/** Returns a size or a rate; Unreadable when nothing can be counted with it. */
export function numberOf(amount: Decimal): number {
  const number = Number(amount);
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
  throw new Unreadable(`${amount} is no number that can be counted with`);
}

/** Returns what a table has under one of OANDA's words; undefined of a word that is not in it, whatever word it is. */
export function wordIn<T>(
  table: Readonly<Record<string, T>>,
  word: string | null | undefined,
): T | undefined {
  return isGiven(word) && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** Returns units without their sign; Unreadable when they are not as fine as the instrument says. */
export function unitsOf(instrument: Instrument, units: Decimal): number {
  const text = plainText(units);
  const read = parseUnits(instrument, text);
  if (read === undefined) throw new Unreadable(`${text} are no units of ${instrument.name}`);
  return Math.abs(read);
}

/** Whether an amount is below zero. */
export function isNegative(amount: Decimal): boolean {
  return Number(amount) < 0;
}

/** Returns UTC ms; what is finer than a millisecond is cut off. Source: OANDA v20, RFC 3339 with nine digits, or UNIX seconds. */
export function instantOf(time: string): number {
  const isUnix = /^\d{1,11}(\.\d+)?$/.test(time);
  const at = isUnix ? Math.floor(Number(time) * 1_000) : Date.parse(cut(time));
  if (!Number.isFinite(at)) throw new Unreadable(`"${time}" is no time`);
  return at;
}

/** The same, of a time that may be missing. */
export function maybeInstant(time: string | null | undefined): number | undefined {
  return isGiven(time) ? instantOf(time) : undefined;
}

/** Returns text, or undefined of nothing. */
export function textOf(text: string | null | undefined): string | undefined {
  return text === null || text === '' ? undefined : text;
}

function cut(time: string): string {
  return time.replace(/(\.\d{3})\d+/, '$1');
}

function plainText(amount: Decimal): string {
  if (typeof amount === 'string') return amount;
  const text = String(amount);
  return text.includes('e') ? amount.toFixed(15) : text;
}

/** Returns whole steps of so many places, halves away from zero. By digits: a double would round some of them the wrong way. */
export function roundedSteps(amount: Decimal, places: number): number {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(plainText(amount)) ?? [];
  const steps = Number(whole + fraction.slice(0, places).padEnd(places, '0'));
  const isUp = (fraction[places] ?? '0') >= '5';
  const rounded = steps + (isUp ? 1 : 0);
  // A number too large to be written out has no digits here; it must not pass for nothing.
  if (whole === '' || !Number.isSafeInteger(rounded))
    throw new Unreadable(`${amount} is no amount that can be counted`);
  return sign === '-' && rounded !== 0 ? -rounded : rounded;
}
