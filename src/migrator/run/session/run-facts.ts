/** Who runs a migration, as the table of migrations remembers it. */
import { hostname, userInfo } from 'node:os';

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
