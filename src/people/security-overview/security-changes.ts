/** Which journal entries the overview counts, each group under a name. */

interface Change {
  readonly types: readonly string[];
  /** What is counted, for a sentence. */
  readonly things: string;
}

export const CHANGES = {
  delays: { types: ['sign-in-delayed'], things: 'delays after failed sign-ins' },
  passwordChanges: {
    types: ['password-changed', 'password-set', 'password-reset'],
    things: 'passwords changed',
  },
  secondFactorsAdded: { types: ['second-factor-added'], things: 'second factors added' },
  secondFactorsRemoved: { types: ['second-factor-removed'], things: 'second factors removed' },
  emailChanges: {
    types: ['email-changed', 'email-change-undone'],
    things: 'e-mail addresses changed, or changed back',
  },
  newPeople: { types: ['user-created'], things: 'people who signed up or were made' },
  apiKeysMade: { types: ['api-key-created'], things: 'API keys made' },
  apiKeysRevoked: { types: ['api-key-revoked'], things: 'API keys revoked by their owners' },
} as const satisfies Record<string, Change>;

type ChangeName = keyof typeof CHANGES;

export const CHANGE_NAMES = Object.keys(CHANGES) as readonly ChangeName[];

/** How many of each there were. */
export type ChangeCounts = Readonly<Record<ChangeName | 'newDevices', number>>;
