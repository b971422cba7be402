/** Tells each migration when it is done, and how long it took. */
import { spanText } from './text.ts';
import type { Migrator } from '../run/migrator.ts';
import type { CommandIo } from './io.ts';

const EVENTS = {
  applied: { before: 'migrating', after: 'migrated' },
  reverted: { before: 'reverting', after: 'reverted' },
} as const;

/** From now on prints a line for each migration. */
export function tellEach(migrator: Migrator, io: CommandIo, verb: keyof typeof EVENTS): void {
  let startedAt = 0;
  const { before, after } = EVENTS[verb];
  migrator.on(before, () => {
    startedAt = performance.now();
  });
  // Called after the commit: each migration is a transaction of its own.
  migrator.on(after, ({ name }) => {
    io.stdout.write(`${verb} ${name} in ${spanText(performance.now() - startedAt)}\n`);
  });
}
