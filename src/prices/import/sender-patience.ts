/** How long a file may be waited for: its sender takes one of few places. */

/** Long enough for a line that stands still for a moment. */
const AT_FIRST_MS = 15_000;
/** What is sent more slowly than 16 KB a second never comes to its end in the time that a request has, unless it is small. */
const BYTES_PER_MS = 16;

/** Adds up how long a sender let wait. What it sent gives it time again, as much as it takes over a slow line. */
export class SenderPatience {
  #leftMs = AT_FIRST_MS;

  /** How long the next bytes may take. */
  get leftMs(): number {
    return this.#leftMs;
  }

  /** Bytes came after so long. */
  noteReceived(bytes: number, afterMs: number): void {
    this.#leftMs = Math.min(AT_FIRST_MS, Math.max(0, this.#leftMs - afterMs) + bytes / BYTES_PER_MS);
  }
}
