import type { JsonObject, JsonValue } from '../../contract/json.ts';

/** Facts of a license that name no key, no serial and no control number (help.qlik.com, type "License"). */
const LICENSE_FACTS = [
  'name',
  'organization',
  'product',
  'isExpired',
  'expiredReason',
  'isBlacklisted',
  'isInvalid',
  'isSubscription',
] as const;

/** What is wrong with a license that says so of itself, and how messages call it. */
export const LICENSE_TROUBLES: Readonly<Record<string, string>> = {
  isExpired: 'expired',
  isInvalid: 'invalid',
  isBlacklisted: 'blacklisted',
};

/**
 * What a license says of itself, `null` when the site has none. The day it ends stands only in the text `keyDetails`
 * (`Valid To: 2024-03-16 12:00:00 AM`), beside the license number, so nothing else is taken from there.
 */
export function licenseFacts(answer: JsonValue): JsonObject | null {
  if (answer === null) return null;
  const license = typeof answer === 'object' && !Array.isArray(answer) ? answer : {};
  const kept = LICENSE_FACTS.flatMap((name): [string, JsonValue][] => {
    const value = license[name];
    return value === undefined || value === null || value === '' ? [] : [[name, value]];
  });
  const details = license['keyDetails'];
  const until =
    typeof details === 'string' ? /Valid To:\s*(\d{4}-\d{2}-\d{2})/.exec(details)?.[1] : undefined;
  return Object.fromEntries([...kept, ...(until === undefined ? [] : [['validTo', until] as const])]);
}

/** The facts in one phrase: `Qlik Sense Enterprise, of Jane Doe, ACME, a subscription, until 2027-03-16`. */
export function licenseText(facts: JsonObject): string {
  // One line, whatever somebody typed: it stands in a comment of the site file, too.
  const text = (name: string): string[] =>
    typeof facts[name] === 'string' ? [facts[name].replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()] : [];
  const holder = [...text('name'), ...text('organization')];
  const [until] = text('validTo');
  // The API gives a number for the product, of which no list is published.
  const { product } = facts;
  const number =
    typeof product === 'number' ? String(product) : text('product').find((one) => /^\d+$/.test(one));
  const parts = [
    ...(number === undefined ? text('product') : [`product ${number}`]),
    ...(holder.length === 0 ? [] : [`of ${holder.join(', ')}`]),
    ...(facts['isSubscription'] === true ? ['a subscription'] : []),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...Object.entries(LICENSE_TROUBLES).flatMap(([name, word]) => (facts[name] === true ? [word] : [])),
  ];
  return parts.length === 0 ? 'one that tells nothing of itself' : parts.join(', ');
}
