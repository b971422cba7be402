/** Who runs a migration, as the table of migrations remembers it. */
import { hostname, userInfo } from 'node:os';
import packageFile from '../../../../package.json' with { type: 'json' };

/** The version of the server that migrates. */
export const APP_VERSION: string = packageFile.version;

/** The machine, or the container. */
export const HOST = hostname();

/** The user of the operating system; a container's user may have no name. */
export function osUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
