/** A comment carries the owner's number to the broker, and comes back as it was. */
import { describe, expect, it } from 'vitest';
import { commentOfOwner, commentWithoutOwner } from './owner-comment.ts';

describe("the owner's number in a comment", () => {
  it.each([
    [undefined, '[owner 7]'],
    ['third of three', 'third of three [owner 7]'],
    ['[owner 1]', '[owner 1] [owner 7]'],
  ])('is added to %j and taken from it again', (comment, sent) => {
    expect(commentOfOwner(comment, 7)).toBe(sent);
    expect(commentWithoutOwner(sent)).toBe(comment);
  });

  it('is left out where the broker has no room for it', () => {
    const longest = 'x'.repeat(128);

    expect(commentOfOwner(longest, 7)).toBe(longest);
    expect(commentOfOwner('x'.repeat(118), 7)).toHaveLength(128);
    expect(commentWithoutOwner(longest)).toBe(longest);
  });

  it('is left out when there is no owner', () => {
    expect(commentOfOwner(undefined, undefined)).toBeUndefined();
    expect(commentWithoutOwner(undefined)).toBeUndefined();
  });
});
