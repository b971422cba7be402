/** Changes that nothing else wrote down, in the journal of who made them. */

import type { CarriedOutChange, ChangeRecord } from '../http/change-record.ts';
import type { Journal } from './security-journal.ts';

/** The type of these entries. */
export const CHANGE_MADE = 'change-made';

/** Records changes. Who made them, and from where, the journal notes by itself. */
export class RecordedChanges implements ChangeRecord {
  readonly #journal: Journal;

  constructor({ journal }: { readonly journal: Journal }) {
    this.#journal = journal;
  }

  async record(change: CarriedOutChange): Promise<void> {
    const { userId, isAdministration, operation, method, route, params, fields, isOnly } = change;
    await this.#journal.record({
      category: isAdministration ? 'admin' : 'system',
      type: CHANGE_MADE,
      severity: 'info',
      description: `${method} ${route} was carried out${namesOf(fields)}.`,
      userId,
      // Where the work wrote something down itself, that is the step of its timeline.
      orderId: isOnly && route.startsWith('/orders/:id') ? params['id'] : undefined,
      details: { operation, ...params, ...fields },
    });
  }
}

function namesOf(fields: CarriedOutChange['fields']): string {
  const names = Object.keys(fields?.after ?? {});
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}
