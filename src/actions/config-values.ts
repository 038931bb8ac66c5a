import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';

/** A value in the text of a configuration file. */
export interface LocatedValue {
  /** Names from the outside in: section and key, or the keys of objects. */
  readonly path: readonly string[];
  /** Where it stands, as it is written (with its quotes). */
  readonly start: number;
  readonly end: number;
  /** Where another value can be put in after it, beside it. */
  readonly after: number;
  /** Encrypted as a whole, whatever is in it. */
  readonly encrypted?: true;
}

/** Formats whose values can be told apart. */
export type ConfigFormat = 'xml' | 'json' | 'ini';

/** The format of a file, by its name. */
export function formatOf(name: string): ConfigFormat | undefined {
  if (/\.exe\.config$/i.test(name)) return 'xml';
  if (/\.json$/i.test(name)) return 'json';
  return /\.(ini|conf)$/i.test(name) ? 'ini' : undefined;
}

/** The values of a text in order; undefined when it is not in that format. */
export function valuesOf(format: ConfigFormat, text: string): LocatedValue[] | undefined {
  if (format === 'xml') return xmlValues(text);
  return format === 'json' ? jsonValues(text) : iniValues(text);
}

/**
 * `<appSettings><add key="..." value="..."/>` of a .NET configuration, and the connection strings as one value: mostly
 * they are encrypted, and always they name the database host (manual 6.7, p. 254).
 */
function xmlValues(text: string): LocatedValue[] | undefined {
  // Of the same length, so that places stay right.
  const plain = text.replace(/<!--[^]*?-->/g, (comment) => ' '.repeat(comment.length));
  if (!/<configuration[\s>/]/.test(plain)) return undefined;
  const values: LocatedValue[] = [];
  for (const section of plain.matchAll(/<appSettings\b[^>]*>([^]*?)<\/appSettings>/g)) {
    for (const add of section[0].matchAll(/<add\b(?:"[^"]*"|'[^']*'|[^>"'])*>/g)) {
      const key = /\skey\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(add[0]);
      const value = /\svalue\s*=\s*("[^"]*"|'[^']*')/.exec(add[0]);
      const name = key?.[1] ?? key?.[2];
      if (name === undefined || value?.[1] === undefined) continue;
      const begin = section.index + add.index;
      const start = begin + value.index + value[0].length - value[1].length;
      values.push({
        path: ['appSettings', name],
        start,
        end: start + value[1].length,
        after: begin + add[0].length,
      });
    }
  }
  for (const found of plain.matchAll(/<connectionStrings\b[^>]*?(?:\/>|>[^]*?<\/connectionStrings>)/g)) {
    const end = found.index + found[0].length;
    values.push({ path: ['connectionStrings'], start: found.index, end, after: end, encrypted: true });
  }
  return values;
}

/** Objects are gone through; elements of a list that each have a name of their own count as keys too. */
function jsonValues(text: string): LocatedValue[] | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const values: LocatedValue[] = [];
  const { contents } = parseDocument(text, { schema: 'json', strict: false, uniqueKeys: false });
  walk(contents, []);
  return values;

  function walk(node: Node | null | undefined, path: readonly string[]): void {
    if (isMap(node) && node.items.length > 0) {
      for (const { key, value } of node.items)
        walk(value as Node | null, [...path, isScalar(key) ? String(key.value) : '']);
      return;
    }
    const named = isSeq(node) ? namedElements(node.items as Node[]) : undefined;
    if (named !== undefined) {
      for (const { name, element } of named) walk(element, [...path, name]);
      return;
    }
    const [start, end] = node?.range ?? [];
    if (start !== undefined && end !== undefined) values.push({ path, start, end, after: end });
  }
}

/** The feature flags of `Capabilities.json` are a list of `{"flag": "NAME", ...}`. */
function namedElements(items: readonly Node[]): { name: string; element: Node }[] | undefined {
  const named = items.flatMap((element) => {
    const name = isMap(element) ? (element.get('flag') ?? element.get('name')) : undefined;
    return typeof name === 'string' ? [{ name: `[${name}]`, element }] : [];
  });
  const unique = new Set(named.map(({ name }) => name)).size === items.length;
  return items.length > 0 && named.length === items.length && unique ? named : undefined;
}

/** Lines `key=value` in sections; a line without `=` is a key whose value is empty (`services.conf`, manual 6.7). */
function iniValues(text: string): LocatedValue[] {
  const values: LocatedValue[] = [];
  let section = '';
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    const [content] = line;
    const head = /^\s*\[(.+)\]\s*$/.exec(content);
    if (head?.[1] !== undefined) {
      section = head[1].trim();
      continue;
    }
    if (/^\s*(?:[;#]|\/\/|$)/.test(content)) continue;
    const [, before = '', key = ''] = /^(\s*([^=]*?)\s*=\s*)/.exec(content) ?? [];
    const end = line.index + content.trimEnd().length;
    const start = before === '' ? end : Math.min(line.index + before.length, end);
    const name = before === '' ? content.trim() : key;
    values.push({ path: [section, name], start, end, after: line.index + content.length });
  }
  return values;
}
