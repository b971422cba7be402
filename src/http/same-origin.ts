/** Whether a browser sent a request from our own pages: what a cookie alone does not prove. */

/** The headers that browsers set and pages cannot. */
export interface OriginHeaders {
  readonly 'sec-fetch-site'?: string | string[] | undefined;
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * Returns whether the request comes from a page of this server. Browsers say so themselves in `Sec-Fetch-Site`; over plain
 * HTTP, where they do not, `Origin` must be the public address or the host that was asked. A request without these headers is
 * not from a browser's page, and its author can send the token instead of the cookie.
 */
export function isSameOrigin(headers: OriginHeaders, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  // "none" is a person who typed the address.
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = headers.origin === undefined ? null : URL.parse(headers.origin);
  if (!origin) return false;
  const { origin: ours, protocol } = new URL(publicUrl);
  if (origin.origin === ours) return true;
  return origin.host === headers.host && (protocol === 'http:' || origin.protocol === 'https:');
}
