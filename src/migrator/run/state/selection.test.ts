import { describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../failure.ts';
import { selectDown, selectUp } from './selection.ts';

const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';
const THREE = 'Migration20260101000003_three';
const all = [ONE, TWO, THREE];

describe('going up', () => {
  const failures = [
    { asked: { to: 'thre' }, said: /no migration "thre".*Migration20260101000003_three/ },
    { asked: { to: '20260101000009' }, said: /no migration "20260101000009"/ },
    { asked: { migrations: ['one', 'tow'] }, said: /no migration "tow"/ },
    { asked: { from: 'zero' }, said: /no migration "zero"/ },
  ];
  it.each(failures)('refuses $asked and does not take it for everything', ({ asked, said }) => {
    expect(() => selectUp({ all, applied: [] }, asked)).toThrow(said);
  });

  it('refuses a name that means two migrations', () => {
    const twice = [ONE, 'Migration20260101000004_one'];

    expect(() => selectUp({ all: twice, applied: [] }, { to: 'one' })).toThrow(
      /more than one migration "one"/,
    );
  });

  const cases = [
    { asked: {}, applied: [], selected: [ONE, TWO, THREE] },
    { asked: {}, applied: [ONE, THREE], selected: [TWO] },
    { asked: {}, applied: [ONE, TWO, THREE], selected: [] },
    { asked: { to: TWO }, applied: [], selected: [ONE, TWO] },
    { asked: { to: 'two' }, applied: [], selected: [ONE, TWO] },
    { asked: { to: '20260101000002' }, applied: [ONE], selected: [TWO] },
    { asked: { to: `${TWO}.ts` }, applied: [], selected: [ONE, TWO] },
    { asked: { from: ONE }, applied: [], selected: [TWO, THREE] },
    { asked: { migrations: ['three'] }, applied: [], selected: [THREE] },
  ];
  it.each(cases)('selects $selected for $asked when $applied are applied', ({ asked, applied, selected }) => {
    expect(selectUp({ all, applied }, asked)).toEqual(selected);
  });
});

describe('going down', () => {
  const failures = [
    { asked: { to: 'tow' }, applied: all, said: /no migration "tow"/ },
    { asked: { to: THREE }, applied: [ONE, TWO], said: /no migration "Migration20260101000003_three"/ },
    { asked: { migrations: ['three'] }, applied: [ONE], said: /no migration "three"/ },
    {
      asked: { to: 0 },
      applied: [ONE, 'Migration20270101000000_later'],
      said: /no file for Migration20270101000000_later/,
    },
  ];
  it.each(failures)('refuses $asked when $applied are applied', ({ asked, applied, said }) => {
    expect(() => selectDown({ all, applied }, asked)).toThrow(said);
    expect(() => selectDown({ all, applied }, asked)).toThrow(MigratorFailure);
  });

  const cases = [
    { asked: {}, applied: [ONE, TWO], selected: [TWO] },
    { asked: {}, applied: [ONE, THREE, TWO], selected: [TWO] },
    { asked: {}, applied: [], selected: [] },
    { asked: { to: ONE }, applied: all, selected: [THREE, TWO] },
    { asked: { to: THREE }, applied: all, selected: [] },
    { asked: { to: 0 }, applied: all, selected: [THREE, TWO, ONE] },
    { asked: { migrations: ['one', 'three'] }, applied: all, selected: [THREE, ONE] },
  ];
  it.each(cases)('selects $selected for $asked when $applied are applied', ({ asked, applied, selected }) => {
    expect(selectDown({ all, applied }, asked)).toEqual(selected);
  });
});
