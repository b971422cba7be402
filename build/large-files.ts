/** What a `preload.mjs` does: Node loads large files in place of the small ones that they were made of. */

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** By the name of a package or the path of a source, the large file that has it. */
export type LargeFiles = Readonly<Record<string, string>>;

const FORMATS: Readonly<Record<string, string | undefined>> = {
  mjs: 'module',
  ts: 'module-typescript',
};

/** Loads packages from the large files of `folder`. */
export function loadPackages(folder: string, files: LargeFiles): void {
  const byName = absolute(folder, files);
  registerHooks({
    resolve(specifier, context, next) {
      const file = byName.get(specifier);
      if (file !== undefined) return { url: file, format: 'module', shortCircuit: true };
      // A file named as it is: Node would look for links and for what kind of package it is in, each time.
      const ending = /^\.\.?\/.*\.(mjs|ts)$/.exec(specifier)?.[1] ?? '';
      const format = FORMATS[ending];
      if (context.parentURL === undefined || format === undefined) return next(specifier, context);
      return { url: new URL(specifier, context.parentURL).href, format, shortCircuit: true };
    },
    load(url, context, next) {
      // Read as text at once: Node would read bytes, and decode them later.
      const isLargeFile = context.format === 'module' && /^file:.*\.mjs$/.test(url);
      if (!isLargeFile) return next(url, context);
      return { format: 'module', source: readFileSync(new URL(url), 'utf8'), shortCircuit: true };
    },
  });
}

/**
 * Loads a program that Node starts, or a thread, from the large files of `folder`. `programs` has, by what is started, what of it is asked for
 * by its path. A process that starts with anything else loads the sources themselves: no source is loaded in both forms.
 */
export function loadPrograms(
  folder: string,
  sources: string,
  programs: Readonly<Record<string, LargeFiles>>,
): void {
  let started: ReadonlyMap<string, string> = new Map();
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      if (parentURL === undefined && specifier.startsWith(sources)) {
        const program = programs[specifier.slice(sources.length)];
        if (program !== undefined) started = absolute(folder, program, sources);
      }
      const isFile = parentURL !== undefined && specifier.startsWith('.');
      const file = started.get(isFile ? new URL(specifier, parentURL).href : specifier);
      if (file === undefined) return next(specifier, context);
      return { url: file, format: 'module', shortCircuit: true };
    },
  });
}

function absolute(folder: string, files: LargeFiles, base = ''): ReadonlyMap<string, string> {
  return new Map(Object.entries(files).map(([name, file]) => [base + name, new URL(file, folder).href]));
}
