/** Who does something: what the journal says of them. */

/** What someone acted as. */
export const ACTOR_TYPES = ['person', 'administrator', 'command'] as const;

/** Who did what an entry says, with their name at the time. */
export interface Actor {
  readonly type: (typeof ACTOR_TYPES)[number];
  /** The person; a command has none. */
  readonly userId?: string | undefined;
  /** Their username, or the name of the command. */
  readonly name: string;
  /** What they were let in with, and the name of the key. */
  readonly with?: 'session' | 'api-key' | undefined;
  readonly keyName?: string | undefined;
}
