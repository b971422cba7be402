/** A user of the tests' server that may log in and nothing else until it is granted something. */
import { randomBytes } from 'node:crypto';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';

export interface ReadingRole {
  readonly name: string;
  /** The address of the same database as this user. */
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes it on the server of `owner`, which is connected to the database at `databaseUrl`. */
export async function createReadingRole(
  owner: Pick<PlainConnection, 'query'>,
  databaseUrl: string,
): Promise<ReadingRole> {
  const name = `reader_${randomBytes(6).toString('hex')}`;
  await owner.query(`create role ${name} login password 'reading'`);
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = 'reading';
  return {
    name,
    url: url.href,
    drop: async () => {
      await owner.query(`drop owned by ${name}`);
      await owner.query(`drop role ${name}`);
    },
  };
}
