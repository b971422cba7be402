/** How far a reader of the journal has come that must take each entry once, whichever copy of the server it runs in. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, updatedAt, wholeNumber } from './columns.ts';

export const JournalPositionSchema = defineEntity({
  name: 'JournalPositionRecord',
  tableName: 'journal_positions',
  properties: {
    reader: p.string().length(64).primary(),
    // The last entry that was taken. What it led to was stored by the same transaction.
    sequence: wholeNumber().check('sequence >= 0'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class JournalPositionRecord extends JournalPositionSchema.class {}
JournalPositionSchema.setClass(JournalPositionRecord);
