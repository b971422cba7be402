/**
 * Loaded by Node before a test's process, or a server that it starts, does anything: hashes of passwords that take no time there. In production each takes
 * a processor for 25 ms, on purpose, and tests make a thousand. The server's code is unchanged, and no setting reaches this;
 * `src/people/password-hash.test.ts` tests hashes as they are.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const { argon2 } = crypto;

crypto.argon2 = (algorithm, parameters, callback) =>
  argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, callback);
syncBuiltinESMExports();
