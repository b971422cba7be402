/** The data of a journal entry as texts in other languages use them; what an entry of another version lacks is undefined. */

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

type Details = Readonly<Record<string, unknown>> | undefined;

/** A text, or a number as text; undefined for all else. */
export function textOf(details: Details, name: string): string | undefined {
  const value = details?.[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How many there are in a list. */
export function countOf(details: Details, name: string): number | undefined {
  const value = details?.[name];
  return Array.isArray(value) ? value.length : undefined;
}

/** Numbers with their units, by what each is. */
export function amountsOf(
  details: Details,
  name: string,
): readonly { readonly name: string; readonly text: string }[] {
  const amounts = details?.[name];
  if (typeof amounts !== 'object' || amounts === null) return [];
  return Object.entries(amounts).flatMap(([each, amount]: [string, unknown]) => {
    if (typeof amount !== 'object' || amount === null || !('value' in amount) || !('unit' in amount))
      return [];
    // An instant is shown with its zone already, and a count has no unit.
    const unit = amount.unit === 'UTC' ? '' : String(amount.unit);
    return [{ name: each, text: `${String(amount.value)} ${unit}`.trimEnd() }];
  });
}

/** The same data with its instants as clocks in the zone show them. */
export function inZone(details: Details, timezone: string, locale: string): Details {
  const clock = new Intl.DateTimeFormat(locale, {
    timeZone: timezone,
    dateStyle: 'medium',
    timeStyle: 'long',
  });
  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return INSTANT.test(value) ? clock.format(new Date(value)) : value;
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]: [string, unknown]) => [name, shown(each)]),
    );
  };
  return details && Object.fromEntries(Object.entries(details).map(([name, value]) => [name, shown(value)]));
}
