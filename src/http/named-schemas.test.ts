import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { withNamedSchemas } from './named-schemas.ts';
import { namedObject } from './schemas.ts';
import { orNull } from './values.ts';

const Lamp = namedObject('Lamp', { title: Type.String(), isOn: Type.Boolean() });
const REFERENCE = { $ref: '#/components/schemas/Lamp' };

describe('schemas with a title', () => {
  it('are listed once, and referred to everywhere else, in each other as well', () => {
    const Room = namedObject('Room', { lamps: Type.Array(Lamp), spare: orNull(Lamp) });

    const { room, lamp, components } = withNamedSchemas({ room: Room, lamp: Lamp, components: {} });

    expect({ room, lamp }).toEqual({ room: { $ref: '#/components/schemas/Room' }, lamp: REFERENCE });
    expect(components).toEqual({
      schemas: {
        Lamp,
        Room: {
          ...Room,
          properties: {
            lamps: { type: 'array', items: REFERENCE },
            spare: { anyOf: [REFERENCE, { type: 'null' }] },
          },
        },
      },
    });
  });

  it('are described where all uses say the same, and at the uses where they do not', () => {
    const red = { ...Lamp, description: 'The red one.' };

    const same = withNamedSchemas({ one: red, other: red, components: {} });
    const different = withNamedSchemas({ one: red, other: Lamp, components: {} });

    expect(same).toEqual({ one: REFERENCE, other: REFERENCE, components: { schemas: { Lamp: red } } });
    expect(different).toEqual({
      one: { ...REFERENCE, description: 'The red one.' },
      other: REFERENCE,
      components: { schemas: { Lamp } },
    });
  });

  it('say the type of their values', () => {
    const Light = namedObject('Light', {
      colour: Type.Enum(['red', 'green']),
      level: Type.Unsafe<1 | null>({ enum: [1, null] }),
    });

    const { components } = withNamedSchemas({ one: Light, components: {} });

    expect(components).toMatchObject({
      schemas: {
        Light: {
          properties: {
            colour: { type: 'string', enum: ['red', 'green'] },
            level: { type: ['number', 'null'], enum: [1, null] },
          },
        },
      },
    });
  });

  it('must be the same wherever their title is', () => {
    const other = namedObject('Lamp', { title: Type.String() });

    expect(() => withNamedSchemas({ one: Lamp, other, components: {} })).toThrow(
      'one schema with the title Lamp',
    );
  });
});
