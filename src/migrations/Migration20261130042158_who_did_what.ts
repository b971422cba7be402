import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130042158_who_did_what extends Migration {

  override name = 'Migration20261130042158_who_did_what';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "events" add "order_id" uuid null, add "market_time" timestamptz(3) null, add "actor_id" uuid null, add "actor" jsonb null;`,
      ],
      down: [
        `alter table "events" drop column "order_id", drop column "market_time", drop column "actor_id", drop column "actor";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "events_order" on "events" ("order_id", "sequence") where order_id is not null;`,
      ],
      down: [
        `drop index concurrently if exists "events_order";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "events_actor" on "events" ("actor_id") where actor_id is not null and user_id is distinct from actor_id;`,
      ],
      down: [
        `drop index concurrently if exists "events_actor";`,
      ],
    }),
  ];

}
