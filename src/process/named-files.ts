/**
 * Imports that name a file as it is are loaded from there, and each package is looked for once. Node would look for links, for what kind of
 * package each of two thousand files is in, and for a package again for each file that imports it: a quarter of a start.
 */

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { ResolveFnOutput } from 'node:module';

/** What a file is, where its name says it; of others their package does. */
const FORMATS: Readonly<Record<string, string | undefined>> = {
  '.ts': 'module-typescript',
  '.mjs': 'module',
};
/** No folder below has packages of its own, so that a name means the same in all of them. */
const OWN_CODE = new URL('..', import.meta.url).href;

/**
 * Loads what modules of this thread import from now on by a relative path with its ending from there, without a search; a file that is
 * not there is still an error that names it. What a name of a package means in `ownCode` is found out once. `require`, which may mean a
 * folder, and names in packages are resolved as ever.
 */
export function loadNamedFilesDirectly(ownCode = OWN_CODE): void {
  const foundByName = new Map<string, ResolveFnOutput>();
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL, conditions } = context;
      if (parentURL === undefined || !conditions.includes('import')) return next(specifier, context);
      const ending = /^\.\.?\/.*(\.ts|\.mjs|\.js)$/.exec(specifier)?.[1];
      if (ending !== undefined) {
        const { href } = new URL(specifier, parentURL);
        return { url: href, format: FORMATS[ending] ?? packageFormat(folderOf(href)), shortCircuit: true };
      }
      if (specifier.startsWith('.') || !parentURL.startsWith(ownCode)) return next(specifier, context);
      const found = foundByName.get(specifier) ?? { ...next(specifier, context), shortCircuit: true };
      foundByName.set(specifier, found);
      return found;
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
