/** Operating failures, and the one catalogue of everything that can be refused: status, title and remedy. */

/** One kind of problem: the HTTP status it answers with, its title, and what the reader can do about it. */
export interface ProblemType {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

const problem = (status: number, title: string, remedy: string): ProblemType => ({ status, title, remedy });

/** Every problem the server can answer with. The keys are the last part of `/problems/{type}`. */
export const PROBLEM_TYPES = {
  'invalid-request': problem(400, 'The request is not valid', 'Correct the fields named in "errors".'),
  'invalid-json': problem(
    400,
    'The body is not JSON',
    'Send a JSON document and Content-Type: application/json.',
  ),
  unauthenticated: problem(
    401,
    'You are not signed in',
    'Sign in and send the token as "Authorization: Bearer …".',
  ),
  'bad-credentials': problem(
    401,
    'E-mail or password is wrong',
    'Check both; after repeated failures you have to wait.',
  ),
  forbidden: problem(403, 'You may not do this', 'Ask an administrator for the role that this needs.'),
  'password-wrong': problem(
    403,
    'The password is wrong',
    'Send your password in "password"; after repeated failures you have to wait.',
  ),
  'second-factor-needed': problem(
    403,
    'A code of the second factor is needed',
    'Send the request again with "code": the six digits that the authenticator app shows, or a recovery code.',
  ),
  'second-factor-wrong': problem(
    403,
    'The code is wrong',
    'Send a code that was not used before, or a recovery code; check the clock of the device. Sign-in locks after repeated failures.',
  ),
  'live-trading-off': problem(
    403,
    'This server does not trade real money',
    'The person who runs the server sets ALLOW_LIVE_TRADING=true and starts it again.',
  ),
  'not-found': problem(
    404,
    'There is no such thing',
    'Check the address; what belongs to another user is reported as not found.',
  ),
  'method-not-allowed': problem(
    405,
    'That method is not allowed here',
    'See /api/docs for the allowed methods.',
  ),
  conflict: problem(
    409,
    'The request conflicts with the current state',
    'Read the current state and try again.',
  ),
  'idempotency-conflict': problem(
    409,
    'This Idempotency-Key was used for another request',
    'Use a new key for a new request.',
  ),
  'request-in-progress': problem(
    409,
    'The same request is still in progress',
    'Wait and send the same request again.',
  ),
  'invalid-transition': problem(
    409,
    'Not possible in the current status',
    'See the statuses named in "detail".',
  ),
  'account-already-connected': problem(
    409,
    'The account is connected already',
    'Use the account that is connected, or close it first.',
  ),
  'held-by-administrator': problem(
    409,
    'An administrator has halted or stopped this',
    'Ask an administrator to lift it.',
  ),
  'account-differs': problem(
    409,
    'The account differs from what its broker says',
    'Compare it with the broker; when the broker is right, disconnect the account and connect it again.',
  ),
  'instrument-in-use': problem(
    409,
    'Another strategy is active on this account and instrument',
    'Stop it first.',
  ),
  'limit-reached': problem(
    409,
    'You have as much of this as one person may have',
    'Remove what you do not need, or ask an administrator to raise the limit named in "facts".',
  ),
  'precondition-failed': problem(
    412,
    'It was changed since you read it',
    'Read it again, and send the change with the new ETag if it is still what you want.',
  ),
  'payload-too-large': problem(413, 'The body is too large', 'Send less, or split it.'),
  'unsupported-media-type': problem(415, 'This content type is not understood', 'Send application/json.'),
  'upgrade-required': problem(
    426,
    'A WebSocket is needed',
    'Open a WebSocket of version 13, as docs/websocket.md says.',
  ),
  'order-denied': problem(
    422,
    'The order was denied by the risk rules',
    'Do what "detail" says. The page /problems/{code} explains the rule that "code" names.',
  ),
  'broker-token-refused': problem(
    422,
    'The broker does not accept the token',
    'Make a new token at the broker, for this environment, and send it.',
  ),
  'broker-token-elsewhere': problem(
    422,
    'The token is of the other environment',
    'Name the environment that the token was made for, or send a token of this one.',
  ),
  'broker-account-forbidden': problem(
    422,
    'The token does not open this account',
    "Send a token of the account's owner, or name one of the accounts that the token opens.",
  ),
  'broker-account-unknown': problem(
    422,
    'The broker has no such account',
    'Name one of the accounts that the token opens.',
  ),
  'broker-account-not-supported': problem(
    422,
    'The account holds what this server cannot handle',
    'Close or change what "detail" names at the broker, then try again.',
  ),
  'broker-account-not-named': problem(
    422,
    'The account at the broker is not named',
    'Send the request again with "brokerAccountId" set to one of the accounts listed in "facts".',
  ),
  'broker-account-closed': problem(
    422,
    'The account is closed at the broker',
    'Name an account that is open, or open it again at the broker.',
  ),
  'live-limits-missing': problem(
    422,
    'An account with real money needs limits',
    'Set each limit named in "errors", or name it in "waivedLimits".',
  ),
  'token-invalid': problem(
    422,
    'The code from the e-mail is not good any more',
    'Ask for a new mail. Each code is good once, and only for a while.',
  ),
  'mail-off': problem(
    503,
    'This server sends no e-mail now',
    'Ask the person who runs the server: SMTP_URL, MAIL_FROM and PUBLIC_URL turn it on, and manage users helps without it.',
  ),
  'encryption-key-missing': problem(
    503,
    'There is no key to store secrets with',
    'Set ENCRYPTION_KEYS (docs/operations.md says how) and start the server again.',
  ),
  'secret-unreadable': problem(
    503,
    'A stored secret cannot be read',
    'Put the key back into ENCRYPTION_KEYS. Otherwise replace the token of the account, or remove the second factor of the person.',
  ),
  'price-data-invalid': problem(422, 'The price file has bad rows', 'Correct them, or import with skipBad.'),
  'too-many-requests': problem(429, 'Too many requests', 'Wait for the time in Retry-After.'),
  'internal-error': problem(
    500,
    'Something went wrong on our side',
    'Try again; report the request id if it happens again.',
  ),
  'not-ready': problem(503, 'The server is not ready', 'Wait for /readyz to answer 200.'),
  'shutting-down': problem(503, 'The server is stopping', 'Try again in a moment.'),
  'read-too-slow': problem(
    503,
    'Reading took too long',
    'Ask for less: one account, a shorter time, a smaller limit. Or try again in a moment.',
  ),
  'database-unavailable': problem(
    503,
    'The database does not answer',
    'Check that PostgreSQL runs and DATABASE_URL is right.',
  ),
  'broker-unreachable': problem(
    503,
    'The broker does not answer',
    'Try again in a moment; see the status page of the broker if it stays so.',
  ),
  'broker-log-behind': problem(
    503,
    "The broker's log ends before what is recorded of it",
    'Look whether it is the same account at the broker: one that was opened again there has to be connected again.',
  ),
  'broker-transaction-unreadable': problem(
    503,
    "The broker's log has a transaction that this version cannot read",
    'Look at the transaction at the broker, and report it with its number and type. The account is tried again by itself, and a newer version may read it.',
  ),
  'broker-streams-exhausted': problem(
    503,
    'The broker opens no more streams to this server',
    'Disconnect another account, or run this one from a copy of the server at another address.',
  ),
  'account-not-trading': problem(
    503,
    'The account is not being traded by this copy of the server',
    'Try again in a moment.',
  ),
} as const satisfies Record<string, ProblemType>;

/** The name of a problem in the catalogue. */
export type ProblemName = keyof typeof PROBLEM_TYPES;

/** One wrong field: a JSON pointer into the request (or a setting's name) and what is wrong with it. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** What a problem may say besides its sentence. Everything here may be shown to the user. */
export interface ProblemFacts {
  readonly code?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly [fact: string]: unknown;
}

/** An operating failure of a kind in the catalogue, with a sentence for the person who has to deal with it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly type: ProblemName;
  readonly facts: ProblemFacts;

  constructor(type: ProblemName, detail: string, facts: ProblemFacts = {}, options?: { cause?: unknown }) {
    super(detail, options);
    this.type = type;
    this.facts = facts;
  }
}
