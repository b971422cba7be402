/** Runs one statement on the migrator's only connection and returns its rows. */
export type Query = <Row extends object>(sql: string) => Promise<Row[]>;
