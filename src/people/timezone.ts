/** Names of time zones. */

/** Returns whether this version of Node knows a time zone by its IANA name, such as Asia/Tokyo. */
export function isTimezone(name: string): boolean {
  // Intl also takes offsets such as +09:00, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    // Throwing is how Intl says that it does not know the name.
    return false;
  }
}
