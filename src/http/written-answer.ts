/** An answer that is JSON already. Who writes it sees to it that it is what its schema says. */
export class WrittenAnswer {
  readonly json: string;
  /** How many rows it has. */
  readonly rows: number;

  constructor(json: string, rows: number) {
    this.json = json;
    this.rows = rows;
  }
}
