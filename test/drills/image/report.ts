/** The figures of a run, printed as they come and together at the end. */
import { say } from '../say.ts';

export class Report {
  readonly #figures: (readonly [what: string, figure: string])[] = [];

  add(what: string, figure: string): void {
    this.#figures.push([what, figure]);
    say(`  ${what}: ${figure}`);
  }

  toText(): string {
    const width = Math.max(...this.#figures.map(([what]) => what.length));
    return this.#figures.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`).join('\n');
  }
}
