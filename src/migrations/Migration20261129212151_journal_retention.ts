import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129212151_journal_retention extends Migration {

  override name = 'Migration20261129212151_journal_retention';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "system_settings" add "journal_days" smallint not null default 365, add "security_journal_days" smallint not null default 730;`,
        `alter table "system_settings" add constraint "system_settings_journal_days_check" check (journal_days >= 30 and journal_days <= 3650) not valid;`,
        `alter table "system_settings" add constraint "system_settings_security_journal_days_check" check (security_journal_days >= 90 and security_journal_days <= 3650) not valid;`,
      ],
      down: [
        `alter table "system_settings" drop constraint "system_settings_security_journal_days_check";`,
        `alter table "system_settings" drop constraint "system_settings_journal_days_check";`,
        `alter table "system_settings" drop column "journal_days", drop column "security_journal_days";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "system_settings" validate constraint "system_settings_journal_days_check";`,
        `alter table "system_settings" validate constraint "system_settings_security_journal_days_check";`,
      ],
      down: [],
    }),
  ];

}
