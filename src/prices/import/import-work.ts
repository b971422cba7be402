/** The thread that reads a price file: bytes come in, compressed chunks go out. Parsing a large file would block the main thread. */

import { parentPort } from 'node:worker_threads';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { present } from '../../core/shared/assert.ts';
import { GranularityDetector } from './granularity-detector.ts';
import { encodeColumns } from '../series/price-codec.ts';
import { PriceCsvReader } from './price-csv-reader.ts';
import type { FromImportWorker, ImportAnswer, ImportRequest, ImportTask } from './import-protocol.ts';
import type { PriceColumns } from '../series/price-columns.ts';

const port = present(parentPort, 'the thread that imports');

const waiting = new Map<number, (bytes: Uint8Array | undefined) => void>();
let lastNumber = 0;
/** The next file to read. */
let next = Promise.withResolvers<ImportTask>();

port.on('message', (message: ImportAnswer | ImportTask) => {
  if ('instrument' in message) {
    next.resolve(message);
    return;
  }
  const { number, bytes } = message;
  const resolve = present(waiting.get(number), `request ${number}`);
  waiting.delete(number);
  resolve(bytes);
});

function send(message: FromImportWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function ask(request: ImportRequest, transfer: readonly ArrayBuffer[] = []): Promise<Uint8Array | undefined> {
  const number = (lastNumber += 1);
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  waiting.set(number, resolve);
  send({ type: 'request', number, request }, transfer);
  return promise;
}

async function* fileBytes(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let bytes = await ask({ type: 'read' }); bytes; bytes = await ask({ type: 'read' })) yield bytes;
}

async function importFile({ instrument, skipBad }: ImportTask): Promise<FromImportWorker> {
  const reader = new PriceCsvReader(fileBytes(), {
    instrument: PAPER_INSTRUMENTS.named(instrument),
    skipBad,
  });
  const detector = new GranularityDetector();
  for await (const columns of reader) {
    if (columns.kind === 'candles') detector.add(columns.times);
    await store(columns);
  }
  const { kind, badKinds } = reader.report;
  return {
    type: 'done',
    kind,
    granularity: kind === 'candles' ? detector.result() : undefined,
    badKinds,
  };
}

async function store(columns: PriceColumns): Promise<void> {
  const { times } = columns;
  const data = Uint8Array.from(encodeColumns(columns));
  const chunk = { startsAt: times[0] ?? 0, endsAt: times.at(-1) ?? 0, rows: times.length, data };
  await ask({ type: 'store', chunk }, [data.buffer]);
}

function refusal(error: unknown): FromImportWorker {
  if (!(error instanceof Problem)) throw error;
  return { type: 'refused', problem: error.type, detail: error.message, facts: error.facts };
}

for (;;) {
  const task = await next.promise;
  next = Promise.withResolvers();
  // An error that is not the file's ends the thread and reaches the one who started it.
  send(await importFile(task).catch(refusal));
}
