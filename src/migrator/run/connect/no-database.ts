/** Where there is no database: for what reads files of migrations only. */

/** An address for work that needs no database, such as making a migration; connecting to it fails. */
export const NO_DATABASE_URL = 'postgresql://none@127.0.0.1:1/none';
