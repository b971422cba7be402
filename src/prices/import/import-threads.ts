/** The threads that read price files. One is kept for the next file: to start a thread is most of the work of a short file. */

import { Worker } from 'node:worker_threads';

/** How long a thread waits for a file: who sends several sends the next one by then. */
const KEPT_MS = 30_000;

/** A thread that waits for a file. It keeps no process from ending. */
interface Waiting {
  readonly thread: Worker;
  /** Lets it wait no more. */
  readonly leave: () => void;
}

let waiting: Waiting | undefined;

/** Returns the thread that waits, or another one when none does. */
export function takeImportThread(): Worker {
  if (!waiting) return new Worker(new URL('./import-worker.ts', import.meta.url), { name: 'import' });
  const { thread, leave } = waiting;
  leave();
  thread.ref();
  return thread;
}

/** Takes back a thread that has read a file to its end. After anything else, end it: no file meets what a failure left. */
export function giveImportThreadBack(thread: Worker): void {
  if (waiting) return void thread.terminate();
  const leave = (): void => {
    clearTimeout(patience);
    thread.off('error', leave).off('exit', leave);
    waiting = undefined;
  };
  const patience = setTimeout(() => {
    leave();
    void thread.terminate();
  }, KEPT_MS);
  patience.unref();
  thread.unref();
  thread.once('error', leave).once('exit', leave);
  waiting = { thread, leave };
}
