/** Rules of settings that their schema cannot express. None of them repeats a setting, which may be a secret. */

import { isIP } from 'node:net';
import { parseKeys } from '../encryption/encryption-keys.ts';
import type { FieldError } from '../core/shared/problem.ts';

/** Rules that a pattern cannot express. Each setting is checked by itself, so that one wrong setting does not hide another. */
const CHECKS: Readonly<Record<string, (text: string) => string | undefined>> = {
  DATABASE_URL: databaseFault,
  MIGRATION_DATABASE_URL: databaseFault,
  ENCRYPTION_KEYS: keysFault,
  TRUSTED_PROXIES: proxiesFault,
  SMTP_URL: mailServerFault,
};

/** Returns the settings whose text is not right; each is checked by itself. */
export function unreadableSettings(named: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(CHECKS).flatMap(([pointer, faultOf]) => {
    const value = named[pointer];
    const detail = value === undefined ? undefined : faultOf(value);
    return detail === undefined ? [] : [{ pointer, detail }];
  });
}

/** Does not repeat the address: unreadable text may hold a password anywhere. */
function databaseFault(text: string): string | undefined {
  const { protocol = '', pathname = '' } = URL.parse(text) ?? {};
  const isAddress = /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
  return isAddress
    ? undefined
    : 'is not right: postgresql://user:password@host:port/name was expected; special characters in the password are written as %40';
}

/** A mail without a sender is refused, and one without the server's address says nothing. */
const NEEDED_BY: Readonly<Record<string, readonly string[]>> = {
  SMTP_URL: ['MAIL_FROM', 'PUBLIC_URL'],
  BACKUP_AT: ['BACKUP_DIRECTORY'],
};

/** Returns the settings that others make necessary. */
export function missingSettings(named: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(NEEDED_BY).flatMap(([name, needed]) =>
    needed
      .filter((pointer) => named[name] !== undefined && named[pointer] === undefined)
      .map((pointer) => ({ pointer, detail: `must be set where ${name} is` })),
  );
}

/** Does not repeat the address, which holds a password. */
function mailServerFault(text: string): string | undefined {
  const { protocol = '', hostname = '' } = URL.parse(text) ?? {};
  return /^smtps?:$/.test(protocol) && hostname !== ''
    ? undefined
    : 'is not right: smtps://user:password@host:465 was expected; special characters in the password are written as %40';
}

function keysFault(text: string): string | undefined {
  const keys = parseKeys(text);
  return typeof keys === 'string' ? `is not right: ${keys}` : undefined;
}

function proxiesFault(text: string): string | undefined {
  const wrong = text.split(',').filter((range) => range !== '' && !isAddressRange(range));
  return wrong.length === 0
    ? undefined
    : `is not right: "${wrong.join('", "')}" is neither an address nor a range such as 10.0.0.0/8`;
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= (family === 4 ? 32 : 128) &&
    rest.length === 0
  );
}
