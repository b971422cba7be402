import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130033752_streams_and_escalation extends Migration {

  override name = 'Migration20261130033752_streams_and_escalation';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "oanda_accounts" add "streams_silent_since" timestamptz(3) null;`,
        `alter table "notification_settings" add "escalate_after_minutes" smallint not null default 10, add "escalate_times" smallint not null default 3;`,
        `alter table "notification_channels" add "is_escalation" boolean not null default true;`,
        `alter table "notifications" add "escalate_at" timestamptz(3) null, add "escalations" smallint not null default 0;`,
        `alter table "notification_settings" add constraint "notification_settings_escalate_after_minutes_check" check (escalate_after_minutes >= 1 and escalate_after_minutes <= 1440) not valid;`,
        `alter table "notification_settings" add constraint "notification_settings_escalate_times_check" check (escalate_times >= 0 and escalate_times <= 10) not valid;`,
      ],
      down: [
        `alter table "notification_settings" drop constraint "notification_settings_escalate_times_check";`,
        `alter table "notification_settings" drop constraint "notification_settings_escalate_after_minutes_check";`,
        `alter table "notifications" drop column "escalate_at", drop column "escalations";`,
        `alter table "notification_channels" drop column "is_escalation";`,
        `alter table "notification_settings" drop column "escalate_after_minutes", drop column "escalate_times";`,
        `alter table "oanda_accounts" drop column "streams_silent_since";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "notifications_to_escalate" on "notifications" ("escalate_at") where escalate_at is not null and read_at is null;`,
      ],
      down: [
        `drop index concurrently if exists "notifications_to_escalate";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "notification_settings" validate constraint "notification_settings_escalate_after_minutes_check";`,
        `alter table "notification_settings" validate constraint "notification_settings_escalate_times_check";`,
      ],
      down: [],
    }),
  ];

}
