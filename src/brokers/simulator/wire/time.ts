/** Instants on the wire: kept as numbers until a body is written, because each request chooses the format of its answer. */

/** The two formats of OANDA's header Accept-Datetime-Format. */
export type TimeFormat = 'RFC3339' | 'UNIX';

/** An instant of an answer, in UTC milliseconds; `wireJson` writes it in the format that was asked for. */
export class WireTime {
  readonly at: number;

  constructor(at: number) {
    this.at = at;
  }
}

/** Returns the instant as OANDA writes it: nine digits after the second, `2018-06-27T09:36:12.964000000Z` or `1530092172.964000000`. */
function formatTime(at: number, format: TimeFormat): string {
  if (format === 'UNIX') return `${Math.floor(at / 1_000)}.${fraction(at)}`;
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction(at)}Z`;
}

function fraction(at: number): string {
  return `${String(at % 1_000).padStart(3, '0')}000000`;
}

const UNIX_TIME = /^(\d{1,12})(?:\.(\d{1,9}))?$/;
const RFC3339_TIME = /^(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Returns the instant in UTC milliseconds, cut to whole ones, from either format; undefined when the text is no time. */
export function parseTime(text: string): number | undefined {
  const unix = UNIX_TIME.exec(text);
  if (unix) return Number(unix[1]) * 1_000 + milliseconds(unix[2]);
  const rfc3339 = RFC3339_TIME.exec(text);
  if (!rfc3339) return undefined;
  const at = Date.parse(`${rfc3339[1]}${rfc3339[3]}`.toUpperCase());
  return Number.isNaN(at) ? undefined : at + milliseconds(rfc3339[2]);
}

function milliseconds(digits = ''): number {
  return Number(digits.slice(0, 3).padEnd(3, '0'));
}

/** Returns the body as JSON text with its instants in `format`. */
export function wireJson(body: unknown, format: TimeFormat): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    value instanceof WireTime ? formatTime(value.at, format) : value,
  );
}
