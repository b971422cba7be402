/** Addresses that are blocked and unblocked while the list of them is being read. */
import { expect, it } from 'vitest';
import { BlockedIpStore } from '../../src/people/blocked-ip-store.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { useServer } from '../support/test-server.ts';

const context = useServer();
const ADDRESS = '192.0.2.9';

/** Lets something happen between the two questions of one reading. */
class InterruptedStore extends BlockedIpStore {
  next: (() => Promise<unknown>) | undefined;

  override async fingerprint(at: number): Promise<string | undefined> {
    const found = await super.fingerprint(at);
    const { next } = this;
    this.next = undefined;
    await next?.();
    return found;
  }
}

it('an address that was unblocked while the list was read is refused when it is blocked again', async () => {
  const store = new InterruptedStore(context.server.orm);
  const here = new BlockedIps({ store, clock: () => Date.now() });
  const there = new BlockedIps({ store: new BlockedIpStore(context.server.orm), clock: () => Date.now() });
  const { id } = await there.block({ ipAddress: ADDRESS, reason: 'test' });
  store.next = () => there.unblock(id);

  expect(await here.isBlocked(ADDRESS)).toBe(false);
  const { id: again } = await here.block({ ipAddress: ADDRESS, reason: 'test' });
  expect(await here.isBlocked(ADDRESS)).toBe(true);

  await here.unblock(again);
  expect(await here.isBlocked(ADDRESS)).toBe(false);
});

it('addresses and ranges are read as they were written', async () => {
  const blocks = new BlockedIps({ store: new BlockedIpStore(context.server.orm), clock: () => Date.now() });
  await blocks.block({ ipAddress: '198.51.100.0/24', reason: 'test' });
  await blocks.block({ ipAddress: '2001:db8::/32', reason: 'test' });

  const answers = ['198.51.100.7', '198.51.101.7', '2001:db8::7', '2001:db9::7'].map((address) =>
    blocks.isBlocked(address),
  );
  expect(await Promise.all(answers)).toEqual([true, false, true, false]);
});
