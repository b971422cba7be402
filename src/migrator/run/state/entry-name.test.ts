import { describe, expect, it } from 'vitest';
import { fileOf, MOST_STEPS, stepName, stepOf } from './entry-name.ts';
import { resolveName, resolveNames } from './selection.ts';

const FILE = 'Migration20260102000000_note';
const steps = Array.from({ length: MOST_STEPS }, (_, index) => stepName(FILE, index + 1));

describe('the names of steps', () => {
  it('sort as text in their order, between the files before and after, also one with a longer name', () => {
    const before = 'Migration20260101000000_zebra';
    const after = ['Migration20260102000000_note_more', 'Migration20260103000000_a'];
    const inOrder = [before, ...steps, ...after];

    expect(inOrder.toReversed().sort()).toEqual(inOrder);
  });

  it('contain file and step', () => {
    expect(steps.map(fileOf)).toEqual(steps.map(() => FILE));
    expect([stepOf(stepName(FILE, 2)), stepOf(FILE)]).toEqual(['/2', '']);
  });
});

describe('a name that a person writes', () => {
  const known = ['Migration20260101000000_first', ...steps.slice(0, 3), 'Migration20260103000000_last'];

  it.each([FILE, `${FILE}.ts`, 'note', '20260102000000', 20260102000000])(
    'means all steps of a file: %s',
    (wanted) => {
      expect(resolveNames(known, wanted)).toEqual(steps.slice(0, 3));
      expect(resolveName(known, wanted)).toBe(steps[2]);
    },
  );

  it.each([`${FILE}/2`, 'note/2', '20260102000000/2'])('means one step: %s', (wanted) => {
    expect(resolveNames(known, wanted)).toEqual([steps[1]]);
  });

  it.each(['note/4', 'first/1', '/2'])('is none where there is no such step: %s', (wanted) => {
    expect(() => resolveNames(known, wanted)).toThrow(/there is no migration/);
  });

  it('is refused where two files have it', () => {
    const twice = [...known, 'Migration20260104000000_note'];

    expect(() => resolveNames(twice, 'note')).toThrow(/more than one migration "note"/);
  });
});
