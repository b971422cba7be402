/**
 * MikroORM's own command line in production: it neither asks nor makes a backup, so what deletes something is refused there; the message
 * names the command that does both. The guards are in what the command line calls, whatever its arguments are.
 */
import { SqlSchemaGenerator } from '@mikro-orm/postgresql';
import type { MigrateOptions, MigrationInfo, MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../failure.ts';
import { Migrator } from '../run/migrator.ts';
import { planUp } from '../run/plan/migration-plan.ts';
import { isFresh } from '../run/state/migration-state.ts';
import { selectionOf } from '../run/state/selection.ts';

/** Makes the migrator and the schema generator of an ORM the guarded ones; the name must be `Migrator`, as for the migrator alone. */
export function stockCommandLineExtension(version: string | undefined) {
  return {
    name: 'Migrator',
    register: (orm: MikroORM): void => {
      // There is none yet; it is asked for when one of them is first used.
      const em = (): SqlEntityManager => orm.em as SqlEntityManager;
      orm.config.registerExtension('@mikro-orm/migrator', () => new StockCommandMigrator(em(), version));
      orm.config.registerExtension(
        '@mikro-orm/schema-generator',
        () => new StockCommandSchemaGenerator(em()),
      );
    },
  };
}

class StockCommandMigrator extends Migrator {
  protected override async runMigrations(
    method: 'up' | 'down',
    options?: string | string[] | MigrateOptions,
  ): Promise<MigrationInfo[]> {
    if (isProduction()) {
      if (method === 'down') refuse('Going back', 'manage db migrate NAME');
      const state = await this.state();
      const contracts = planUp(state, selectionOf(options)).filter(({ phase }) => phase === 'contract');
      if (contracts.length > 0 && !isFresh(state)) refuse('A contract', 'manage db migrate --contract');
    }
    return super.runMigrations(method, options);
  }

  override async logMigration(name: string): Promise<void> {
    if (isProduction()) refuse('Recording without running', `manage db migrate --fake ${name} --reason "…"`);
    await super.logMigration(name);
  }

  override async unlogMigration(name: string): Promise<void> {
    if (isProduction()) refuse('Taking a record away', `manage db migrate --unfake ${name} --reason "…"`);
    await super.unlogMigration(name);
  }
}

/** What only shows SQL does not come here. */
class StockCommandSchemaGenerator extends SqlSchemaGenerator {
  override async execute(...parts: Parameters<SqlSchemaGenerator['execute']>): Promise<void> {
    refuseSchemaChange();
    await super.execute(...parts);
  }

  override async dropDatabase(name?: string): Promise<void> {
    refuseSchemaChange();
    await super.dropDatabase(name);
  }

  override async clear(...parts: Parameters<SqlSchemaGenerator['clear']>): Promise<void> {
    refuseSchemaChange();
    await super.clear(...parts);
  }
}

function refuseSchemaChange(): void {
  if (isProduction()) refuse('Changing the schema past the migrations', 'manage db migrate zero');
}

function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production';
}

function refuse(what: string, command: string): never {
  throw new MigratorFailure(
    'command-invalid',
    `${what} by MikroORM's own command line is refused in production: it neither asks nor makes a backup. Nothing was done. ` +
      `"${command}" does both.`,
  );
}
