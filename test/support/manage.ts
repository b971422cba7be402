/** Runs `manage` as a person does: a process, its words, its exit code. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from './node-environment.ts';
import type { Ended } from './processes.ts';

const MANAGE = join(import.meta.dirname, '../../src/manage.ts');

/** Runs a command with these settings and no others. */
export function manage(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...NODE_WORDS, MANAGE, ...words], {
    env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
