/**
 * Imports that name a file as it is are loaded from there. Node would look for links, and for what kind of package each of two thousand
 * files is in: a sixth of a start.
 */

import { registerHooks } from 'node:module';

/** The format of files whose name says it; that of others is their package's, and Node finds it out. */
const FORMATS: Readonly<Record<string, string | undefined>> = {
  '.ts': 'module-typescript',
  '.mjs': 'module',
  '.js': undefined,
};

/**
 * Loads what modules of this thread import from now on by a relative path with its ending from there, without a search; a file that is
 * not there is still an error that names it. `require`, which may mean a folder, and names of packages are resolved as ever.
 */
export function loadNamedFilesDirectly(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL, conditions } = context;
      const ending = /^\.\.?\/.*(\.ts|\.mjs|\.js)$/.exec(specifier)?.[1];
      if (parentURL === undefined || ending === undefined || !conditions.includes('import'))
        return next(specifier, context);
      return { url: new URL(specifier, parentURL).href, format: FORMATS[ending], shortCircuit: true };
    },
  });
}
