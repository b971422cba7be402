/** The messages between an import's two threads. Every request is answered once, so that nothing piles up on either side. */

import type { Granularity } from '../../core/domain/candle.ts';
import type { ProblemFacts, ProblemName } from '../../core/shared/problem.ts';
import type { BadRowCount } from './bad-rows.ts';
import type { PriceKind } from '../series/price-columns.ts';

/** To the worker: the file to read, one at a time. */
export interface ImportTask {
  readonly instrument: string;
  readonly skipBad: boolean;
}

/** What the worker asks for: the next bytes of the file, or that a chunk be stored. */
export type ImportRequest =
  | { readonly type: 'read' }
  | { readonly type: 'store'; readonly chunk: EncodedChunk };

/** To the worker, the answer to a request: bytes, or nothing at the end of the file and for a chunk that was stored. */
export interface ImportAnswer {
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

/** An encoded chunk with the times of its first and last row. */
export interface EncodedChunk {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly rows: number;
  readonly data: Uint8Array;
}

/** From the worker: a request with its number (reading continues while a chunk is being stored), or the end, good or bad. */
export type FromImportWorker =
  | { readonly type: 'request'; readonly number: number; readonly request: ImportRequest }
  | {
      readonly type: 'done';
      readonly kind: PriceKind;
      readonly granularity: Granularity | undefined;
      /** What was left out. */
      readonly badKinds: readonly BadRowCount[];
    }
  | {
      readonly type: 'refused';
      readonly problem: ProblemName;
      readonly detail: string;
      readonly facts: ProblemFacts;
    };
