import type { JsonObject, JsonValue } from '../contract/json.ts';

/** What is counted, by the name it has in the manifest. */
export const COUNTED = {
  apps: '/qrs/app/count',
  users: '/qrs/user/count',
  streams: '/qrs/stream/count',
  reloadTasks: '/qrs/reloadtask/count',
} as const;

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

function objectOf(value: JsonValue): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
