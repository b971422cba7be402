import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130073333_journal_days_by_category extends Migration {

  override name = 'Migration20261130073333_journal_days_by_category';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "system_settings" add "system_journal_days" smallint null, add "admin_journal_days" smallint null;`,
        `alter table "system_settings" add constraint "system_settings_system_journal_days_check" check (system_journal_days >= 30 and system_journal_days <= 3650) not valid;`,
        `alter table "system_settings" add constraint "system_settings_admin_journal_days_check" check (admin_journal_days >= 90 and admin_journal_days <= 3650) not valid;`,
      ],
      down: [
        `alter table "system_settings" drop constraint "system_settings_admin_journal_days_check";`,
        `alter table "system_settings" drop constraint "system_settings_system_journal_days_check";`,
        `alter table "system_settings" drop column "system_journal_days", drop column "admin_journal_days";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "system_settings" validate constraint "system_settings_system_journal_days_check";`,
        `alter table "system_settings" validate constraint "system_settings_admin_journal_days_check";`,
      ],
      down: [],
    }),
  ];

}
