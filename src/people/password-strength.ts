/** Whether a new password can be guessed. No rules about kinds of characters: they make passwords worse. Length, and nothing that is tried first. */

import type { ZxcvbnFactory } from '@zxcvbn-ts/core';

/** Long enough not to be guessed, short enough that hashing it cannot be used to load the server. */
export const PASSWORD_LENGTH = { minimum: 12, maximum: 128 } as const;
/** What a guesser with the stored hashes tries in some years on one core: argon2id allows about a hundred guesses a second. */
const FEWEST_GUESSES = 1e10;
/** What is found among the first guesses is a common password with little added. */
const FIRST_GUESSES = 1e6;
/** The estimate costs more than the length: what begins like this is strong enough, or is not helped by more of it. */
const ESTIMATED_LENGTH = 64;
/** Shorter names are parts of too many words. */
const SHORTEST_NAME = 4;
const PRODUCT_NAMES = ['auto forex', 'auto-forex', 'auto_forex', 'autoforex'];
const OTHER_SCRIPTS = /(?!\p{Script=Latin})\p{L}/gu;
/** Known by everyone, and in no list of leaked passwords. */
const FAMOUS = ['correcthorsebatterystaple', 'correct horse battery staple'];

let loading: Promise<ZxcvbnFactory> | undefined;

/** Returns what is wrong with a new password of a person with these names (address and username, in lower case); undefined when it may be taken. */
export async function passwordWeakness(
  password: string,
  names: readonly string[],
): Promise<string | undefined> {
  const { minimum, maximum } = PASSWORD_LENGTH;
  const { length } = Array.from(password);
  if (length < minimum || length > maximum) return `must have ${minimum} to ${maximum} characters`;
  const plain = password.toLowerCase();
  if (names.includes(plain)) return 'must not be the e-mail address or the username';
  if (isRepetition(plain)) return 'must not repeat the same few characters';
  const guesses = await guessesOf(password);
  if (guesses < FIRST_GUESSES) return 'is one of the most common passwords';
  if (guesses < FEWEST_GUESSES) return 'is too easy to guess: take more words, or less usual ones';
  const rest = withoutNames(plain, names);
  if (rest !== plain && (await guessesOf(rest)) < FEWEST_GUESSES)
    return 'must not be little more than your e-mail address, your username or the name of this server';
  return undefined;
}

async function guessesOf(password: string): Promise<number> {
  if (FAMOUS.includes(password.toLowerCase())) return 1;
  loading ??= load();
  const estimator = await loading;
  const { guesses } = estimator.check(password.slice(0, ESTIMATED_LENGTH));
  // It takes each character for one of ten: right for Latin letters in words, and far too few for scripts with thousands.
  const others = new Set(password.match(OTHER_SCRIPTS));
  return guesses * 100 ** others.size;
}

/** Loaded with the first new password: 50,000 passwords that were leaked most often take some 50 ms. */
async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new ZxcvbnFactory({
    dictionary: { passwords: dictionary['passwords-common'] },
    graphs: adjacencyGraphs,
    // Few are enough to see through "p4$$w0rd"; the cost grows with them.
    l33tMaxSubstitutions: 4,
  });
}

function withoutNames(plain: string, names: readonly string[]): string {
  const parts = names.flatMap((name) => [name, name.slice(0, Math.max(0, name.indexOf('@')))]);
  return [...parts, ...PRODUCT_NAMES]
    .filter((name) => name.length >= SHORTEST_NAME)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, name) => rest.replaceAll(name, ''), plain);
}

/** Returns whether the text is one to four characters over and over. */
function isRepetition(text: string): boolean {
  return [1, 2, 3, 4].some(
    (length) =>
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length),
  );
}
