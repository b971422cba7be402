/** Runs programs of the project in processes of their own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from './node-environment.ts';

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with what it has said as soon as it says anything; rejects when it ends before. */
  readonly firstWords: Promise<string>;
}

/** Starts `test/support/<program>` with the Node that runs the tests. */
export function run(program: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [...NODE_WORDS, join(import.meta.dirname, program), ...args], {
    env: { ...process.env, ...NODE_ENVIRONMENT },
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const firstWords = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      resolve(stdout);
    });
    child.once('close', () => reject(new Error(`${program} ended without a word: ${stderr}`)));
  });
  // Anyone who does not wait for the words is not concerned by their absence.
  firstWords.catch(() => undefined);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, firstWords };
}
