import type { JsonObject, JsonValue } from '../contract/json.ts';

/** What is counted, by the name it has in the manifest. */
export const COUNTED = {
  apps: '/qrs/app/count',
  users: '/qrs/user/count',
  streams: '/qrs/stream/count',
  reloadTasks: '/qrs/reloadtask/count',
} as const;

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

/** `buildVersion` of `/qrs/about`. */
export function versionIn(about: JsonValue): string | undefined {
  const version = objectOf(about)['buildVersion'];
  return typeof version === 'string' ? version : undefined;
}

/** The number of a `count`: `{"value": 12}`. */
export function countIn(answer: JsonValue): number | undefined {
  const { value } = objectOf(answer);
  return typeof value === 'number' ? value : undefined;
}

/**
 * What a license says of itself, `null` when the site has none. The day it ends stands only in the text `keyDetails`
 * (`Valid To: 2024-03-16 12:00:00 AM`), beside the license number, so nothing else is taken from there.
 */
export function licenseFacts(answer: JsonValue): JsonObject | null {
  if (answer === null) return null;
  const license = objectOf(answer);
  const kept = LICENSE_FACTS.flatMap((name): [string, JsonValue][] => {
    const value = license[name];
    return value === undefined || value === null || value === '' ? [] : [[name, value]];
  });
  const details = license['keyDetails'];
  const until =
    typeof details === 'string' ? /Valid To:\s*(\d{4}-\d{2}-\d{2})/.exec(details)?.[1] : undefined;
  return Object.fromEntries([...kept, ...(until === undefined ? [] : [['validTo', until] as const])]);
}

function objectOf(value: JsonValue): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
