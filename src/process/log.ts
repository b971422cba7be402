/** Where a part of the server writes its log: fields for machines, and a message that says the same each time. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
