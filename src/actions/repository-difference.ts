import * as z from 'zod';
import type { JsonObject, JsonValue } from '../contract/json.ts';

const factsSchema = z.looseObject({
  version: z.string().optional(),
  counts: z.record(z.string(), z.number()).default({}),
  license: z.record(z.string(), z.json()).nullish(),
});

/** What `repository.ask` tells of a site. */
export type RepositoryFacts = z.infer<typeof factsSchema>;

/** One thing that is not as it was. */
export interface RepositoryDifference {
  readonly message: string;
  readonly hint: string;
}

/** How messages name what is counted. */
const NAMES: Readonly<Record<string, string>> = { reloadTasks: 'reload tasks' };

/** Facts of a license that tell which one it is, and how messages name them. */
const LICENSE_NAMES: Readonly<Record<string, string>> = {
  product: 'product',
  name: 'name',
  organization: 'organization',
  validTo: 'last day',
  isSubscription: 'kind (subscription)',
};

/** What to do about a license that is not what it was. */
export const APPLY_AGAIN =
  'Apply the license key again in the QMC (License management); the assignments come back from the license backend then (manual 5.7, p. 210).';

/** Reads what an output or a manifest holds; undefined when there is nothing of that kind. */
export function repositoryFacts(value: JsonValue | undefined): RepositoryFacts | undefined {
  const parsed = factsSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** What is different now from what was recorded with a set. */
export function compareRepository(
  recorded: RepositoryFacts,
  now: RepositoryFacts,
  { license }: { readonly license: boolean },
): RepositoryDifference[] {
  return [
    ...compareVersion(recorded, now),
    ...compareCounts(recorded, now),
    ...(license ? compareLicense(recorded.license ?? null, now.license ?? null) : []),
  ];
}

function compareVersion(recorded: RepositoryFacts, now: RepositoryFacts): RepositoryDifference[] {
  if (recorded.version === undefined || now.version === undefined || recorded.version === now.version)
    return [];
  return [
    {
      message: `The Repository Service is of version ${now.version}; when the set was made it was ${recorded.version}.`,
      hint: 'Release and patch should be the same for a restore (manual 5.7, p. 210).',
    },
  ];
}

function compareCounts(recorded: RepositoryFacts, now: RepositoryFacts): RepositoryDifference[] {
  return Object.entries(recorded.counts).flatMap(([what, was]): RepositoryDifference[] => {
    const is = now.counts[what];
    if (is === was) return [];
    const name = NAMES[what] ?? what;
    if (is === undefined)
      return [{ message: `How many ${name} there are is not known; it was ${String(was)}.`, hint: LOOK }];
    const change = is < was ? `${String(was - is)} fewer` : `${String(is - was)} more`;
    return [
      {
        message: `There are ${String(is)} ${name}; when the set was made there were ${String(was)} (${change}).`,
        hint: LOOK,
      },
    ];
  });
}

const LOOK =
  'Compare them in the QMC. What was made or removed while the backup ran, or since the services run again, counts too.';

/** What is different of the license; null: there is none. */
export function compareLicense(was: JsonObject | null, is: JsonObject | null): RepositoryDifference[] {
  if (was === null && is === null) return [];
  if (is === null)
    return [{ message: 'The site has no license; when the set was made it had one.', hint: APPLY_AGAIN }];
  if (was === null)
    return [{ message: 'The site has a license; when the set was made it had none.', hint: LOOK }];
  const troubles = ['isExpired', 'isInvalid', 'isBlacklisted'].filter(
    (fact) => is[fact] === true && was[fact] !== true,
  );
  const words: Record<string, string> = {
    isExpired: 'expired',
    isInvalid: 'invalid',
    isBlacklisted: 'blacklisted',
  };
  const changed = Object.keys(LICENSE_NAMES).filter(
    (fact) => was[fact] !== undefined && JSON.stringify(was[fact]) !== JSON.stringify(is[fact]),
  );
  return [
    ...troubles.map((fact) => ({ message: `The license is ${words[fact] ?? fact} now.`, hint: APPLY_AGAIN })),
    ...changed.map((fact) => ({
      message: `The license has another ${LICENSE_NAMES[fact] ?? fact}: ${text(is[fact])}; it was ${text(was[fact])}.`,
      hint: APPLY_AGAIN,
    })),
  ];
}

function text(value: JsonValue | undefined): string {
  return value === undefined ? 'not told' : typeof value === 'string' ? value : JSON.stringify(value);
}
