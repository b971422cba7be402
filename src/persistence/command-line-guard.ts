/** What the MikroORM command line must not do in production: it destroys without asking. */

/** They drop or rewrite tables past the migrations. */
const DESTRUCTIVE = ['migration:fresh', 'schema:drop', 'schema:fresh', 'schema:update', 'seeder:run'];

/** Returns why these words of the command line are refused; undefined when they are not. */
export function destructionRefusal(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const found = words.find((word) => DESTRUCTIVE.includes(word));
  if (found === undefined || environment['NODE_ENV'] !== 'production') return undefined;
  return (
    `${found} destroys what is in the database without asking, and is refused in production. ` +
    '"manage db migrate zero" tells what would be lost, and asks.'
  );
}
