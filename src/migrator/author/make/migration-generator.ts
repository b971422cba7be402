/** In place of MikroORM's generator of migrations, which writes what would stop a server in use. */
import { TSMigrationGenerator } from '@mikro-orm/migrations';
import { MigratorFailure } from '../../failure.ts';

export class MigrationGenerator extends TSMigrationGenerator {
  override generate(): Promise<[code: string, fileName: string]> {
    throw new MigratorFailure(
      'command-invalid',
      'Nothing was written: "npm run db -- make" writes migrations here, in a way that lets a server in use continue; ' +
        'with --blank an empty one.',
    );
  }
}
