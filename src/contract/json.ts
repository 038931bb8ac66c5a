/** Values that survive a round trip through JSON; everything in a plan, a journal or a manifest is one. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}
