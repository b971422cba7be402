/** All floods by their names, in the order in which they come. */
import { badRows, drippingUpload } from './floods/uploads.ts';
import { idleAccounts, manyBacktests } from './floods/belongings.ts';
import { journalOfOthers, longPages, manyReaders } from './floods/reads.ts';
import { largeBodies } from './floods/bodies.ts';
import { signIns } from './floods/sign-ins.ts';
import { guessedCookies, silentSockets } from './floods/sockets.ts';
import type { Flood } from './flood.ts';

/** Leaves the server with more to do: nothing that is measured after it is calm. */
export const LAST_FLOOD = 'idle-accounts';

export const FLOODS: Readonly<Record<string, Flood>> = {
  'dripping-upload': drippingUpload,
  'bad-rows': badRows,
  'large-bodies': largeBodies,
  'silent-sockets': silentSockets,
  'guessed-cookies': guessedCookies,
  'sign-ins': signIns,
  backtests: manyBacktests,
  'long-pages': longPages,
  'many-readers': manyReaders,
  'journal-of-others': journalOfOthers,
  [LAST_FLOOD]: idleAccounts,
};
