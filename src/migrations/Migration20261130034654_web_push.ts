import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130034654_web_push extends Migration {

  override name = 'Migration20261130034654_web_push';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `create table "push_keys" ("id" smallint not null default 1, "public_key" varchar(100) not null, "secret_ciphertext" text not null, "secret_key_id" varchar(64) not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`,
        `alter table "push_keys" add constraint "push_keys_id_check" check (id = 1);`,
        `alter table "notification_channels" drop constraint "notification_channels_kind_check";`,
        `alter table "notification_channels" add constraint "notification_channels_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord', 'push')) not valid;`,
        `alter table "notification_deliveries" drop constraint "notification_deliveries_kind_check";`,
        `alter table "notification_deliveries" add constraint "notification_deliveries_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord', 'push')) not valid;`,
      ],
      down: [
        `alter table "notification_deliveries" drop constraint "notification_deliveries_kind_check";`,
        `alter table "notification_deliveries" add constraint "notification_deliveries_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord')) not valid;`,
        `do \$restore\$
begin
  alter table "notification_deliveries" validate constraint "notification_deliveries_kind_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "notification_deliveries" where not ("kind" in (''email'', ''webhook'', ''telegram'', ''slack'', ''discord'')); then run: alter table "notification_deliveries" validate constraint "notification_deliveries_kind_check"';
end
\$restore\$;`,
        `alter table "notification_channels" drop constraint "notification_channels_kind_check";`,
        `alter table "notification_channels" add constraint "notification_channels_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord')) not valid;`,
        `do \$restore\$
begin
  alter table "notification_channels" validate constraint "notification_channels_kind_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "notification_channels" where not ("kind" in (''email'', ''webhook'', ''telegram'', ''slack'', ''discord'')); then run: alter table "notification_channels" validate constraint "notification_channels_kind_check"';
end
\$restore\$;`,
        `drop table "push_keys";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "notification_deliveries_dead" on "notification_deliveries" ("dead_at") where dead_at is not null;`,
      ],
      down: [
        `drop index concurrently if exists "notification_deliveries_dead";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "notification_channels" validate constraint "notification_channels_kind_check";`,
        `alter table "notification_deliveries" validate constraint "notification_deliveries_kind_check";`,
      ],
      down: [],
    }),
  ];

}
