/** Answers of a server that is not well, and of one that refuses. */

import type { FaultOf } from './fault.ts';

/** What OANDA was seen to say; of 429 no body is known. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Insufficient authorization to perform request.',
  403: 'The provided request was forbidden.',
  404: 'The specified resource does not exist.',
  429: 'Too many requests.',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Timeout waiting for response.',
};

/** An answer whose body is written already. */
interface BrokenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export function brokenAnswer({ status, body, retryAfter }: FaultOf<'status'>): BrokenAnswer {
  const message = MESSAGES[status] ?? '';
  const isHtml = body === 'html';
  return {
    status,
    headers: {
      'content-type': isHtml ? 'text/html' : 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    text: isHtml ? htmlPage(status, message) : JSON.stringify({ errorMessage: message }),
  };
}

/** As the gateway before the API writes it. */
function htmlPage(status: number, message: string): string {
  return `<html>\r\n<head><title>${status} ${message}</title></head>\r\n<body>\r\n<center><h1>${status} ${message}</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n`;
}
