import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129210137_person_limits extends Migration {

  override name = 'Migration20261129210137_person_limits';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "system_settings" add "person_limits" jsonb not null default '{}';`,
        `alter table "system_settings" add constraint "system_settings_person_limits_check" check (jsonb_typeof(person_limits) = 'object') not valid;`,
      ],
      down: [
        `alter table "system_settings" drop constraint "system_settings_person_limits_check";`,
        `alter table "system_settings" drop column "person_limits";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "system_settings" validate constraint "system_settings_person_limits_check";`,
      ],
      down: [],
    }),
  ];

}
