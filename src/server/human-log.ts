/** Log lines for a person who watches a terminal; a log that is kept stays JSON. */

const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** What every line has, and what a person does not need. */
const HIDDEN: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err']);

/** Returns a stream for the log that writes each JSON line as time, level, message and fields. */
export function humanLog(write: (text: string) => void): { write(line: string): void } {
  return { write: (line) => write(`${humanLine(line)}\n`) };
}

function humanLine(line: string): string {
  const entry: unknown = JSON.parse(line);
  if (typeof entry !== 'object' || entry === null) return line;
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  const time = new Date(Number(fields['time'])).toTimeString().slice(0, 8);
  const level = LEVELS[Number(fields['level'])] ?? '';
  const shown = Object.entries(fields)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${textOf(value)}`);
  return [time, level.padEnd(5), textOf(fields['msg']), ...shown].join(' ') + stackOf(fields['err']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function stackOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stack' in error ? `\n${String(error.stack)}` : '';
}
