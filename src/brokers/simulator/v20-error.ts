/** Answers other than success, with the bodies that OANDA gives them. */

/** Any fields of an answer. */
export type Fields = Readonly<Record<string, unknown>>;

/** An answer that ends a request: thrown by whatever finds that it cannot be carried out. */
export class V20Error extends Error {
  readonly status: number;
  readonly body: Fields;

  /** `more` are fields beside `errorMessage` and `errorCode`. */
  constructor(status: number, errorMessage: string, errorCode?: string, more: Fields = {}) {
    super(errorMessage);
    this.status = status;
    this.body = { ...more, ...(errorCode !== undefined && { errorCode }), errorMessage };
  }
}

/** Returns the refusal of a parameter, or field of a body, that cannot be read. It leaves no transaction. */
export function invalidValue(name: string, remark = ''): V20Error {
  return new V20Error(
    400,
    `Invalid value specified for '${name}'${remark && `. ${remark}`}`,
    'oanda::rest::core::InvalidParameterException',
  );
}

/** Returns the refusal of a request that lacks a parameter. */
export function missingParameter(name: string): V20Error {
  return new V20Error(400, `Missing '${name}' parameter`, 'oanda::rest::core::MissingParameterException');
}

/** Returns the refusal of a request for something that the account of this token is not. */
export function forbidden(): V20Error {
  return new V20Error(403, 'The provided request was forbidden.');
}

/** Returns the refusal of a request without a token that is good here. */
export function unauthorized(): V20Error {
  return new V20Error(401, 'Insufficient authorization to perform request.');
}
