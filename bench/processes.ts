/** Processes that a benchmark starts one after the other, and what they cost. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';

/** A tick of the kernel's accounts of time. */
const TICK_MS = 10;

/** Starts Node with these words; what it prints is lost. */
export function startNode(
  words: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): ChildProcess {
  const env = { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...settings };
  return spawn(process.execPath, words, { env, stdio: 'ignore' });
}

/** Runs Node with these words to its end; returns the milliseconds of the processor that it took. */
export async function processorMsOf(
  words: readonly string[],
  settings?: Readonly<Record<string, string>>,
): Promise<number> {
  const before = endedProcessorMs();
  const [code] = (await once(startNode(words, settings), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${words.join(' ')} ended with ${code}.`);
  return endedProcessorMs() - before;
}

/** The processor's time of all processes that were started here and have ended. Source: proc(5), fields 16 and 17 of stat. */
export function endedProcessorMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
