/** Settings of a session that travel with its address, as PostgreSQL reads them: `?options=-c search_path=app`. */
import { identifiers } from './sql-text.ts';

/** An address without its options, and those; the driver would take them in the place of ours. */
export function splitOptions(databaseUrl: string): { readonly address: string; readonly options: string } {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  if (options === null) return { address: databaseUrl, options: '' };
  url.searchParams.delete('options');
  return { address: url.href, options };
}

/** Returns settings as options. Of one that is given twice PostgreSQL takes the last. */
export function optionsText(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${String(value).replaceAll(/[\\\s]/g, String.raw`\$&`)}`)
    .join(' ');
}

/**
 * Returns the address with the schemas in which names are looked up, the first of which gets the tables. Everything that connects there
 * then works in the same schema, whatever its role's own path is.
 */
export function withSearchPath(databaseUrl: string, schemas: readonly string[]): string {
  const { address, options } = splitOptions(databaseUrl);
  const url = new URL(address);
  const path = optionsText({ search_path: identifiers(schemas) });
  url.searchParams.set('options', `${options} ${path}`.trim());
  return url.href;
}
