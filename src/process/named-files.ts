/**
 * Imports that name a file as it is are loaded from there. Node would look for links, and for what kind of package each of two thousand
 * files is in: a fifth of a start.
 */

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** What a file is, where its name says it; of others their package does. */
const FORMATS: Readonly<Record<string, string | undefined>> = {
  '.ts': 'module-typescript',
  '.mjs': 'module',
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
      const { href } = new URL(specifier, parentURL);
      return { url: href, format: FORMATS[ending] ?? packageFormat(folderOf(href)), shortCircuit: true };
    },
    load(url, context, next) {
      const { format } = context;
      if (format !== 'module' && format !== 'module-typescript') return next(url, context);
      return { format, source: readFileSync(new URL(url), 'utf8'), shortCircuit: true };
    },
  });
}

const formatByFolder = new Map<string, string | undefined>();

/** Returns the format of `.js` files in a folder, when the `package.json` nearest to it says `module`; Node finds out any other. */
function packageFormat(folder: string): string | undefined {
  if (!formatByFolder.has(folder)) formatByFolder.set(folder, readPackageFormat(folder));
  return formatByFolder.get(folder);
}

function readPackageFormat(folder: string): string | undefined {
  const described = readIfThere(new URL('package.json', folder));
  if (described !== undefined) return isOfModules(JSON.parse(described)) ? 'module' : undefined;
  const { href: above } = new URL('..', folder);
  return above === folder || above.endsWith('/node_modules/') ? undefined : packageFormat(above);
}

function isOfModules(described: unknown): boolean {
  return (
    typeof described === 'object' && described !== null && 'type' in described && described.type === 'module'
  );
}

function readIfThere(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function folderOf(url: string): string {
  return url.slice(0, url.lastIndexOf('/') + 1);
}
