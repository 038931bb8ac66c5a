type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;

/** A type with its kebab-case keys in camelCase, at every depth; `undefined` is no value any more. */
export type CamelKeys<Value> = Value extends readonly (infer Item)[]
  ? CamelKeys<Item>[]
  : Value extends object
    ? { [Key in keyof Value as Camel<Key & string>]: CamelKeys<Exclude<Value[Key], undefined>> }
    : Value;

/** Copies a value with every kebab-case key in camelCase; keys without a value are left out. */
export function camelKeys<Value>(value: Value): CamelKeys<Value> {
  return convert(value) as CamelKeys<Value>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [
        key.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
        convert(item),
      ]),
  );
}
