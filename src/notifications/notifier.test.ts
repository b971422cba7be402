import { expect, it } from 'vitest';
import { Notifier } from './notifier.ts';
import type { RecipientStore } from './recipient-store.ts';

it('that fails again and again says so once, and once that it works again', async () => {
  const lines: string[] = [];
  const failures = { left: 3 };
  const noOne = {} as RecipientStore;
  const notifier = new Notifier({
    journal: {
      latestPlace: async () => ({ sequence: 0 }),
      pageAfter: async (cursor) => ({ entries: [], cursor, isUpToDate: true }),
    },
    store: {
      position: async () => {
        if (failures.left === 0) return 0;
        failures.left -= 1;
        throw new Error('The database does not answer.');
      },
      begin: async () => undefined,
      store: async () => true,
    },
    recipients: noOne,
    planner: { plan: async () => ({ messages: [], escalateAt: new Map() }) },
    onStored: () => undefined,
    log: {
      warn: (_fields: unknown, text?: string) => void lines.push(`warn ${text ?? ''}`),
      info: (_fields: unknown, text?: string) => void lines.push(`info ${text ?? ''}`),
    },
  });
  notifier.start();

  await expect
    .poll(() => {
      notifier.wake();
      return lines;
    })
    .toContain('info people are notified again');
  await notifier.catchUp();
  await notifier.stop();

  expect(lines).toEqual(['warn people were not notified; trying again', 'info people are notified again']);
});
