/** The paths that faults are limited to. */

const ACCOUNT = /^\/v3\/accounts\/[^/]+(?<rest>\/.*)?$/;

/**
 * Returns what a fault's path is compared with: what follows the account (`/orders/7/cancel`; `/` is the account itself), or what follows
 * /v3 (`/accounts`, `/instruments/EUR_USD/candles`). Undefined for an address that is not OANDA's.
 */
export function faultPathOf(url: string): string | undefined {
  const [address = ''] = url.split('?');
  const path = address.length > 1 ? address.replace(/\/+$/, '') : address;
  const ofAccount = ACCOUNT.exec(path);
  if (ofAccount) return ofAccount.groups?.['rest'] ?? '/';
  return path.startsWith('/v3/') ? path.slice('/v3'.length) : undefined;
}

/** Returns whether a path is one that the pattern means: `*` stands for one part. */
export function matchesPath(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === parts.length && wanted.every((part, index) => part === '*' || part === parts[index])
  );
}
