/** Values of placeholders such as `<parent>`, by the placeholder with its brackets. */
export type Fill = Readonly<Record<string, string>>;

/** `text` with every placeholder that `fill` knows replaced. What was put in is not looked at again. */
export function fillText(text: string, fill: Fill = {}): string {
  return text.replace(/<[a-z][a-z0-9-]*>/g, (name) =>
    Object.hasOwn(fill, name) ? (fill[name] ?? name) : name,
  );
}
