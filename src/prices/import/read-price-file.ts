/** Reads a price file in a thread of its own and hands over its chunks, ready to be stored. */

import { on } from 'node:events';
import { Problem } from '../../core/shared/problem.ts';
import { giveImportThreadBack, takeImportThread } from './import-threads.ts';
import type { SenderPatience } from './sender-patience.ts';
import type {
  EncodedChunk,
  FromImportWorker,
  ImportAnswer,
  ImportRequest,
  ImportTask,
} from './import-protocol.ts';

/** A file that has been read to its end. */
export type PriceFileEnd = Omit<Extract<FromImportWorker, { readonly type: 'done' }>, 'type'>;

/** Who takes what was read. Reading continues when a chunk is stored. */
export interface PriceFileTaker {
  readonly storeChunk: (chunk: EncodedChunk) => Promise<void>;
  /** Called with the number of bytes read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** How long the sender may let wait. */
  readonly patience: SenderPatience;
}

/** Reads the bytes of a price file. Throws Problem for a file that is refused; what was stored before must then be undone. */
export async function readPriceFile(
  source: AsyncIterable<Uint8Array>,
  task: ImportTask,
  taker: PriceFileTaker,
): Promise<PriceFileEnd> {
  const thread = takeImportThread();
  const bytes = countedBytes(source, taker.onBytes);
  let isDone = false;
  try {
    thread.postMessage(task);
    // It ends with the thread, and throws the thread's error.
    for await (const [received] of on(thread, 'message', { close: ['exit'] })) {
      // Only import-work.ts sends these messages.
      const message = received as FromImportWorker;
      if (message.type === 'refused') throw new Problem(message.problem, message.detail, message.facts);
      isDone = message.type === 'done';
      if (message.type === 'done') return message;
      const found = await serve(message.request, bytes, taker);
      const answer: ImportAnswer = { number: message.number, bytes: found };
      thread.postMessage(answer, found ? [found.buffer] : []);
    }
    throw new Problem('internal-error', 'The thread that read the price file ended before the file did.');
  } finally {
    // Not awaited: a source that is silent ends only when its owner ends it.
    bytes.return(undefined).catch(() => undefined);
    if (isDone) giveImportThreadBack(thread);
    else await thread.terminate();
  }
}

async function serve(
  request: ImportRequest,
  bytes: AsyncGenerator<Uint8Array, void, undefined>,
  { storeChunk, patience }: PriceFileTaker,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.type === 'read') {
    const next = await patience.next(bytes, (piece) => piece.length);
    // A copy of its own, because a piece may be part of a larger buffer, all of which would be handed over.
    return next.done === true ? undefined : Uint8Array.from(next.value);
  }
  await storeChunk(request.chunk);
  return undefined;
}

async function* countedBytes(
  source: AsyncIterable<Uint8Array>,
  onBytes: PriceFileTaker['onBytes'],
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const piece of source) {
    yield piece;
    total += piece.length;
    onBytes?.(total);
  }
}
