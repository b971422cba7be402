/** The options of a command, as they are declared. */

/** One option of a command. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly multiple?: boolean;
  /** What stands for its value in the help. */
  readonly placeholder?: string;
  readonly says: string;
  /** Makes the command do something else than it does by itself; of such it does one. */
  readonly isMode?: boolean;
  /** It says something to one of these options, and nothing without. */
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
