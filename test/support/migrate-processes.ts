/** Processes that migrate, as many copies of a server do that start at once. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from './node-environment.ts';
import type { ChildProcess } from 'node:child_process';

const PROGRAM = join(import.meta.dirname, 'migrate-process.ts');

/** What a process answers: the names that it applied, or how it failed. */
export type MigrateAnswer = readonly string[] | { readonly failure: string };

export interface MigrateProcess {
  readonly child: ChildProcess;
  /** Migrates a database; rejects when the process ends before it answers. */
  migrate(databaseUrl: string, folder: string): Promise<MigrateAnswer>;
  /** Ends it when it has nothing left to do; returns its exit code, which is null when it was killed, and what it complained of. */
  end(): Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Starts one. */
export function startMigrateProcess(): MigrateProcess {
  const child = spawn(process.execPath, [...NODE_WORDS, PROGRAM], {
    env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // A process that was killed does not read what it is sent.
  child.stdin.on('error', () => undefined);
  return {
    child,
    migrate: async (databaseUrl, folder) => {
      child.stdin.write(`${databaseUrl} ${folder}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`The process ended without an answer: ${stderr}`);
      return JSON.parse(answer.value) as MigrateAnswer;
    },
    end: async () => {
      child.stdin.end();
      return { code: await ended, stderr };
    },
  };
}
