/** The second factors of people: a secret that an authenticator app makes codes from, and codes for when the app is lost. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, updatedAt, wholeNumber } from './columns.ts';
import { UserSchema } from './user.ts';

export const SecondFactorSchema = defineEntity({
  name: 'SecondFactorRecord',
  tableName: 'second_factors',
  properties: {
    id: id(),
    // It is about how this person signs in, and about nothing else.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').unique(),
    secretCiphertext: p.text(),
    secretKeyId: p.string().length(64),
    // Null until a first code was sent: sign-in does not ask for it before.
    confirmedAt: instant().strictNullable(),
    // The time step of the last code that was taken: no code is taken twice.
    lastStep: wholeNumber().default(0),
    // A code is removed when it is used.
    recoveryCodeHashes: p.array().columnType('text[]').defaultRaw(`'{}'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class SecondFactorRecord extends SecondFactorSchema.class {}
SecondFactorSchema.setClass(SecondFactorRecord);
