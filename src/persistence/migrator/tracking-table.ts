/** The table of applied migrations: created under the lock only, and never with one name twice. */
import { TableNotFoundException } from '@mikro-orm/core';
import { MigrationStorage } from '@mikro-orm/migrations';
import type { MigrationRow } from '@mikro-orm/migrations';

export class TrackingTable extends MigrationStorage {
  /** MikroORM calls this before it reads. Reading must not write: {@link create} makes the table, under the lock. */
  override async ensureTable(): Promise<void> {
    // Nothing to do here on purpose.
  }

  /** Makes the table, and the index that lets only one of two writers record a migration. Called under the lock. */
  async create(): Promise<void> {
    await super.ensureTable();
    const { tableName } = this.getTableName();
    await this.driver.execute(
      `create unique index if not exists "${tableName}_name_unique" on "${tableName}" ("name")`,
    );
  }

  /** The names of the applied migrations, in the order in which they were applied. Every start asks this, so it is one short query. */
  override async executed(): Promise<string[]> {
    const rows = await this.#readUnlessMissing('select name from ?? order by id');
    return rows.map(({ name }) => this.getMigrationName(name));
  }

  override async getExecutedMigrations(): Promise<MigrationRow[]> {
    return this.#readUnlessMissing('select id, name, executed_at from ?? order by id');
  }

  async #readUnlessMissing(sql: string): Promise<MigrationRow[]> {
    try {
      return await this.driver.execute<MigrationRow[]>(sql, [this.getTableName().tableName]);
    } catch (error) {
      if (error instanceof TableNotFoundException) return [];
      throw error;
    }
  }
}
