/** The options of a command, as they are declared. */

/** One option of a command. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly multiple?: boolean;
  /** The placeholder of its value in the help. */
  readonly placeholder?: string;
  readonly says: string;
  /** A mode: the command does this instead of its default. At most one mode is given. */
  readonly isMode?: boolean;
  /** It is valid only with one of these options. */
  readonly goesWith?: readonly string[];
}

/** An option that is given or not. */
export const flag = (says: string, ...goesWith: readonly string[]) =>
  ({ type: 'boolean', says, goesWith }) as const;

/** An option that makes the command do something else. */
export const mode = (says: string) => ({ type: 'boolean', says, isMode: true }) as const;

/** An option with a value. */
export const value = (placeholder: string, says: string, ...goesWith: readonly string[]) =>
  ({ type: 'string', placeholder, says, goesWith }) as const;

/** An option with a value that makes the command do something else. */
export const modeValue = (placeholder: string, says: string) =>
  ({ type: 'string', placeholder, says, isMode: true }) as const;

/** An option that may be given several times. */
export const list = (placeholder: string, says: string, ...goesWith: readonly string[]) =>
  ({ type: 'string', multiple: true, placeholder, says, goesWith }) as const;
