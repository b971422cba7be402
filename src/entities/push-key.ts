/** The key pair with which this server sends to push services: at most one row. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, updatedAt } from './columns.ts';

export const PushKeySchema = defineEntity({
  name: 'PushKeyRecord',
  tableName: 'push_keys',
  properties: {
    id: p.smallint().primary().autoincrement(false).default(1).check('id = 1'),
    publicKey: p.string().length(100),
    secretCiphertext: p.text(),
    secretKeyId: p.string().length(64),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class PushKeyRecord extends PushKeySchema.class {}
PushKeySchema.setClass(PushKeyRecord);
