import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130004442_second_factor_duty extends Migration {

  override name = 'Migration20261130004442_second_factor_duty';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "system_settings" add "require_second_factor" text not null default 'none', add "hide_api_description" boolean not null default false;`,
        `alter table "system_settings" add constraint "system_settings_require_second_factor_check" check ("require_second_factor" in ('none', 'administrators', 'everyone')) not valid;`,
      ],
      down: [
        `alter table "system_settings" drop constraint "system_settings_require_second_factor_check";`,
        `alter table "system_settings" drop column "require_second_factor", drop column "hide_api_description";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "system_settings" validate constraint "system_settings_require_second_factor_check";`,
      ],
      down: [],
    }),
  ];

}
