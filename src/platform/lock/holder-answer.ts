import type { JsonObject } from '../../contract/json.ts';

/** Whether somebody holds a lock, and what it said; `info` is absent when it did not answer in time or made no sense. */
export type HolderAnswer = { readonly held: false } | { readonly held: true; readonly info?: JsonObject };

/** What a holder said of itself; nothing when that is no JSON object, as when another program has taken the name. */
export function parseAnswer(text: string): { info?: JsonObject } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { info: value as JsonObject }
      : {};
  } catch {
    return {};
  }
}
