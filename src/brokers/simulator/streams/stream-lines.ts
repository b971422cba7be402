/** Writes the lines of one stream to one reader, and does to them what armed faults say. */

import type { ServerResponse } from 'node:http';
import { inOddShape, ODD_SHAPES } from '../faults/odd-shapes.ts';
import { wireJson } from '../wire/time.ts';
import type { FaultPlan, FaultTarget } from '../faults/fault-plan.ts';
import type { Fields } from '../v20-error.ts';
import type { TimeFormat } from '../wire/time.ts';

/** A reader that leaves more than this unread has stopped reading: it is cut off, as nothing may be left out of its stream. */
const MOST_UNREAD_BYTES = 4_194_304;

export interface StreamOptions {
  readonly faults: FaultPlan;
  /** The stream as faults are limited to it. */
  readonly target: FaultTarget;
  readonly timeFormat: TimeFormat;
}

/** One JSON object a line. The response is open as soon as it is made; its reader may leave at any time. */
export class StreamLines {
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  /** Lines that wait to go out in one chunk with others. */
  #held: string[] = [];

  constructor(response: ServerResponse, options: StreamOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Whether the reader takes lines more slowly than they come. */
  get isBehind(): boolean {
    return this.#response.writableNeedDrain;
  }

  write(line: Fields): void {
    const { faults, target, timeFormat } = this.#options;
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (faults.take(['stream-stalled'], target)) return;
    if (line['type'] !== 'HEARTBEAT' && faults.take(['heartbeats-only'], target)) return;
    const text = `${this.#shaped(wireJson(line, timeFormat))}\n`;
    const breaking = faults.take(['stream-cut', 'stream-ended'], target);
    if (breaking?.fault.fault === 'stream-cut') {
      response.write(text.slice(0, text.length / 2), () => response.destroy());
      return;
    }
    if (breaking) {
      response.end();
      return;
    }
    this.#send(text);
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }

  end(): void {
    this.#response.end();
  }

  #shaped(text: string): string {
    const { faults, target } = this.#options;
    const shapes = ODD_SHAPES.filter((shape) => faults.take([shape], target));
    if (shapes.length === 0) return text;
    let line: unknown = JSON.parse(text);
    for (const shape of shapes) line = inOddShape(shape, line);
    return JSON.stringify(line);
  }

  /** A chunk of HTTP is what a reader is given at once. */
  #send(text: string): void {
    const { faults, target } = this.#options;
    this.#held.push(text);
    const joining = faults.find(['stream-joined'], target);
    if (joining && this.#held.length < joining.fault.lines) return;
    if (joining) faults.take(['stream-joined'], target);
    const chunk = Buffer.from(this.#held.join(''));
    this.#held = [];
    const splitting = faults.take(['stream-split'], target);
    const size = splitting?.fault.bytes ?? chunk.length;
    for (let start = 0; start < chunk.length; start += size)
      this.#response.write(chunk.subarray(start, start + size));
  }
}
