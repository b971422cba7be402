import { describe, expect, it } from 'vitest';
import { AccountMailbox } from './account-mailbox.ts';
import type { MailboxItem } from './mailbox-item.ts';

const step = (requestId: string): MailboxItem => ({ type: 'find-out', requestId });
const quote = (at: number): MailboxItem => ({
  type: 'event',
  event: { type: 'quote', quote: { instrument: 'EUR_USD', at, bid: 1, ask: 2 } },
});

function nameOf(item: MailboxItem): string {
  if (item.type === 'find-out') return item.requestId;
  return item.type === 'event' && item.event.type === 'quote' ? String(item.event.quote.at) : item.type;
}

/** Takes everything; what is not a quote has to be waited for. */
function take(mailbox: AccountMailbox): readonly string[] {
  const taken: string[] = [];
  for (let item = mailbox.shift(); item; item = mailbox.shift()) {
    taken.push(nameOf(item));
    if (item.type !== 'event') mailbox.noteWait();
  }
  return taken;
}

describe('the mailbox of an account', () => {
  it('gives what a person asks for before what came before', () => {
    const mailbox = new AccountMailbox();
    mailbox.push(step('candle'));
    mailbox.push(quote(1));
    mailbox.push(step('kill'), 'person');

    expect(mailbox.size).toBe(3);
    expect(take(mailbox)).toEqual(['kill', 'candle', '1']);
  });

  it('gives the rest its turn after each request, up to what has to be waited for', () => {
    const mailbox = new AccountMailbox();
    for (const item of [quote(1), step('a'), quote(2), quote(3), step('b')]) mailbox.push(item);
    for (const name of ['first', 'second', 'third', 'fourth']) mailbox.push(step(name), 'person');

    expect(take(mailbox)).toEqual(['first', '1', 'a', 'second', '2', '3', 'b', 'third', 'fourth']);
  });

  it('is empty when all is taken', () => {
    const mailbox = new AccountMailbox();
    mailbox.push(step('a'), 'person');
    take(mailbox);

    expect(mailbox.size).toBe(0);
    expect(mailbox.shift()).toBeUndefined();
  });
});
