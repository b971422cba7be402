/** Who acted, in the columns of a journal entry. */

import { ACTOR_TYPES } from '../core/shared/actor.ts';
import type { Actor } from '../core/shared/actor.ts';

/** The columns of an actor. */
export function actorColumns(actor: Actor | undefined) {
  if (!actor) return { actor_id: null, actor: null };
  const { userId, ...named } = actor;
  return { actor_id: userId ?? null, actor: { ...named } };
}

/** The actor that a row names; undefined when the server acted by itself, and in entries of before this was kept. */
export function actorFrom(
  named: Readonly<Record<string, unknown>> | null | undefined,
  userId: string | undefined,
): Actor | undefined {
  const type = ACTOR_TYPES.find((known) => known === named?.['type']);
  if (!type) return undefined;
  return {
    type,
    userId,
    name: textOf(named?.['name']) ?? '',
    with: (['session', 'api-key'] as const).find((known) => known === named?.['with']),
    keyName: textOf(named?.['keyName']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
