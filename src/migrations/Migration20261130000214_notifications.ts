import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130000214_notifications extends Migration {

  override name = 'Migration20261130000214_notifications';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `create table "journal_positions" ("reader" varchar(64) not null, "sequence" bigint not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("reader"));`,
        `alter table "journal_positions" add constraint "journal_positions_sequence_check" check (sequence >= 0);`,
      ],
      down: [
        `drop table "journal_positions";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "notifications_unread" on "notifications" ("user_id") where read_at is null;`,
      ],
      down: [
        `drop index concurrently if exists "notifications_unread";`,
      ],
    }),
  ];

}
