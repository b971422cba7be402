/** Runs programs of the pages: whole ones in a process of their own, parts of one with what is around them elsewhere. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { runInNewContext } from 'node:vm';
import { present } from '../../src/core/shared/assert.ts';
import { PushBrowser } from '../support/push-browser.ts';
import type { ReceivedRequest } from '../support/receiver.ts';

interface Program {
  readonly command: string;
  readonly words: readonly string[];
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Returns what a program printed until it ended, or until that was what is wanted: it may continue for ever. */
export async function outputOf(
  { command, words, folder, environment }: Program,
  wanted: RegExp,
): Promise<string> {
  const { PATH, PYTHONPATH } = process.env;
  const child = spawn(command, words, { cwd: folder, env: { PATH, PYTHONPATH, ...environment } });
  let output = '';
  const ended = once(child, 'close');
  const hasPrinted = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part;
        if (wanted.test(output)) resolve();
      });
  });
  await Promise.race([ended, hasPrinted]);
  child.kill();
  await ended;
  return output;
}

/** Not every machine has Python, nor each package of it. */
export function hasPython(...modules: readonly string[]): boolean {
  return spawnSync('python3', ['-c', `import ${['json', ...modules].join(', ')}`]).status === 0;
}

/** Returns what the check of a signature in Python says of a request at a time. */
export function genuineInPython(
  check: string,
  secret: string,
  { headers, body }: ReceivedRequest,
  now: number,
) {
  const program = `${check}
import json, sys
time.time = lambda: ${now / 1_000}
print(json.dumps(is_genuine(*json.loads(sys.argv[1]))))`;
  const words = ['-c', program, JSON.stringify([secret, headers, body])];
  return JSON.parse(spawnSync('python3', words, { encoding: 'utf8' }).stdout);
}

/** Subscribes a browser by the code of a page, whose requests go through `ask`. */
export async function subscribeBrowser(
  code: string,
  ask: (path: string, options?: RequestInit) => Promise<Response>,
): Promise<void> {
  const { subscription } = new PushBrowser('https://push.example.org/browser');
  const pushManager = { subscribe: async () => ({ toJSON: () => subscription }) };
  const navigator = { serviceWorker: { register: async () => ({ pushManager }) } };
  await runInNewContext(`(async () => {${code}})()`, { fetch: ask, navigator });
}

/** Returns what a service worker with this code shows of a message. */
export function shownBy(code: string, message: object): readonly unknown[] {
  let shown: readonly unknown[] | undefined;
  const event = { data: { json: () => message }, waitUntil: () => undefined };
  const self = {
    registration: { showNotification: (...words: readonly unknown[]) => (shown = words) },
    addEventListener: (name: string, show: (push: object) => void) => name === 'push' && show(event),
  };
  runInNewContext(code, { self });
  return present(shown, 'what it showed');
}

/** Returns the fields of a value with their kinds, whatever is in them. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}
