/** What the migrator must know of the application whose schema it manages. */
import type { EntitySchema } from '@mikro-orm/core';

/** An application's migrations and what belongs to them. Only the folder is needed to migrate. */
export interface Project {
  /** The folder of migrations, with their manifest and snapshot. */
  readonly folder: string;
  /** The version of the application, recorded with each migration that it applies. */
  readonly version?: string;
  /** Loads the entities: for making migrations, and for comparing a database with them. */
  readonly entities?: () => Promise<readonly EntitySchema[]>;
  /** Where the entities' files are; one that declares an entity which `entities` does not return is reported. */
  readonly entityFolder?: string;
}
