/** Names of time zones. */

/** Names that are known. Only spelt as Intl spells them: of those there are a few hundred, whatever anyone asks for. */
const known = new Set<string>();

/** Returns whether this version of Node knows a time zone by its IANA name, such as Asia/Tokyo. */
export function isTimezone(name: string): boolean {
  // To ask Intl for each recipient of a notification was a hundredth of what an order costs.
  if (known.has(name)) return true;
  // Intl also takes offsets such as +09:00, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    if (timeZone === name) known.add(name);
    return timeZone.length > 0;
  } catch {
    // Throwing is how Intl says that it does not know the name.
    return false;
  }
}
