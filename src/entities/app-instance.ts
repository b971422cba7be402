/** The copies of the server that run, or ran: a contract waits until none is left that does not know it. */
import { defineEntity, p } from '@mikro-orm/core';
import { id, instant } from './columns.ts';

export const AppInstanceSchema = defineEntity({
  name: 'AppInstanceRecord',
  tableName: 'app_instances',
  properties: {
    id: id(),
    version: p.string().length(64),
    /** The newest migration that this copy's code was made with. */
    migrationsHead: p.string().length(255),
    host: p.string().length(255),
    pid: p.integer(),
    startedAt: instant().defaultRaw('now()'),
    /** By the database's clock, so that copies on several machines can be compared. */
    lastSeenAt: instant().defaultRaw('now()'),
    stoppedAt: instant().strictNullable(),
  },
});

export class AppInstanceRecord extends AppInstanceSchema.class {}
AppInstanceSchema.setClass(AppInstanceRecord);
