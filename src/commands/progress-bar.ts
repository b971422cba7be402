/** A progress bar on a terminal; nothing elsewhere. */

import type { Output } from './command.ts';

const REDRAW_EVERY_MS = 100;
const BAR_CHARACTERS = 30;
/** Back to the start of the line, and clear it. */
const CLEAR_LINE = '\r\u001b[2K';

/** Draws how far something has come, from 0 to 1, with a note behind it. */
export class ProgressBar {
  readonly #output: Output;
  readonly #title: string;
  #drawnAt = 0;

  constructor(output: Output, title: string) {
    this.#output = output;
    this.#title = title;
  }

  /** Draws it again, though not more often than a person can see. */
  update(share: number, note: string): void {
    const now = Date.now();
    if (this.#output.isTTY !== true || now - this.#drawnAt < REDRAW_EVERY_MS) return;
    this.#drawnAt = now;
    const filled = Math.round(Math.min(Math.max(share, 0), 1) * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    this.#output.write(`${CLEAR_LINE}${this.#title} ${bar} ${Math.floor(share * 100)} %  ${note}`);
  }

  /** Takes it away. */
  clear(): void {
    if (this.#output.isTTY === true) this.#output.write(CLEAR_LINE);
  }
}
