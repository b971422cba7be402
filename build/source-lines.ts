/** Stacks of code in large files name the sources and their lines. */

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';

const PLACE = /file:\/\/[^\s()]+?\.mjs:\d+:\d+/;

/** From now on, for files of `folder`. Node itself would read the maps at each start, and not when a stack is asked for: a twentieth of it. */
export function nameSources(folder: string): void {
  const maps = new Map<string, SourceMap | undefined>();
  const placeInSource = (place: string): string => {
    const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
    if (!file.startsWith(folder)) return place;
    if (!maps.has(file)) maps.set(file, readMap(file));
    const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return place;
    return `${new URL(origin.fileName, file).href}:${origin.lineNumber}:${origin.columnNumber}`;
  };
  Error.prepareStackTrace = (error, calls) => {
    const lines = calls.map(String).map((call) => `    at ${call.replace(PLACE, placeInSource)}`);
    return [Error.prototype.toString.call(error), ...lines].join('\n');
  };
}

function readMap(file: string): SourceMap | undefined {
  try {
    const map = readFileSync(new URL(`${file}.map`), 'utf8');
    return new SourceMap(JSON.parse(map) as SourceMapPayload);
  } catch {
    // A stack without the lines of the sources is better than none.
    return undefined;
  }
}
