import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';

/** Where something stands in a YAML value: keys and indexes from the top. */
export type YamlPath = readonly (string | number)[];

/** YAML that was read, and where everything in it stands. */
export interface PositionedYaml {
  /** Plain JavaScript value; undefined when there are `errors`, null when the text is empty. */
  readonly value: unknown;
  /**
   * `file:line:column` of the value at `path`, or of its key. What does not exist is located at its nearest
   * existing parent's key.
   */
  readonly locate: (path: YamlPath, part?: 'key' | 'value') => string;
  /** Errors of syntax, each `file:line:column: what is wrong`; no text of the file is repeated in them. */
  readonly errors: readonly string[];
}

/** Reads one YAML 1.2 document and remembers positions. Never throws on bad text: see `errors`. */
export function parseYaml(text: string, file: string): PositionedYaml {
  const lines = new LineCounter();
  // Pretty errors would quote the source line, and that may hold a password.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const locate = (path: YamlPath, part: 'key' | 'value' = 'value'): string =>
    at(offsetOf(document, path, part));
  const errors = [...document.errors, ...document.warnings].map(
    (error) => `${at(error.pos[0])}: ${wording(error)}`,
  );
  if (errors.length > 0) return { value: undefined, locate, errors };
  try {
    return { value: document.toJS(), locate, errors };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // The library names the alias, which may be the start of a password.
    const message =
      'an alias (*name) has no anchor (&name), or there are too many of them; put text that begins with * in quotes';
    return { value: undefined, locate, errors: [`${at(firstAlias(document))}: ${message}`] };
  }
}

/** `nodes[0].host`. */
export function pathText(path: YamlPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function offsetOf(document: Document, path: YamlPath, part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let key = 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item) === String(step));
      if (pair === undefined) return key;
      key = start(pair.key) ?? key;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (item === undefined) return key;
      key = start(item) ?? key;
      node = item;
    } else return key;
  }
  return part === 'key' ? key : (start(node) ?? key);
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function start(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function firstAlias(document: Document): number {
  const queue: unknown[] = [document.contents];
  while (queue.length > 0) {
    const node = queue.shift();
    if (isAlias(node)) return start(node) ?? 0;
    if (isMap(node)) queue.push(...node.items.flatMap((pair) => [pair.key, pair.value]));
    if (isSeq(node)) queue.push(...node.items);
  }
  return 0;
}

function wording(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'this key is written twice';
    case 'MULTIPLE_DOCS':
      return 'there may be only one document in the file (remove the line ---)';
    case 'TAB_AS_INDENT':
      return 'a tab is used to indent; use spaces';
    case 'BAD_DQ_ESCAPE':
      return 'a backslash in double quotes; write Windows paths in single quotes or without quotes';
    case 'TAG_RESOLVE_FAILED':
      return 'a YAML tag (!name) is not used here; put text that begins with ! in quotes';
    default:
      // What follows a colon is text of the file.
      return (error.message.split(': ')[0] ?? '').replace(/\s+/g, ' ');
  }
}
