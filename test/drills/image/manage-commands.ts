/** The commands about the schema that the drill runs in a container, as people write them after `manage`. */

export const MANAGE = {
  statusAsJson: ['db', 'status', '--json'],
  /** Ends with 1 when something is pending. */
  nothingPending: ['db', 'status', '--check'],
  migrate: ['db', 'migrate'],
  doctor: ['db', 'doctor'],
} as const;
