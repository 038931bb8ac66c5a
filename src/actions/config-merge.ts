import { boundTo, boundToOther } from './config-bound.ts';
import { valuesOf, type ConfigFormat, type LocatedValue } from './config-values.ts';

/** What comes of two versions of a configuration file. */
export interface Merged {
  readonly text: string;
  /** Values that were taken over from the set, by their names. */
  readonly taken: readonly string[];
  /** Values that differ and stay, with the reason each. */
  readonly held: readonly string[];
}

/** Why no file can be made of the two, as the end of a sentence. */
export interface NotMerged {
  readonly reason: string;
}

type Values = ReadonlyMap<string, LocatedValue>;

/**
 * For another host or release: the present text with the values of the set. Keys that are missing in it are put in where
 * the format allows; what is bound to the old machine, database or release stays as it is.
 */
export function mergeConfig(
  format: ConfigFormat,
  set: string,
  present: string,
  names: readonly string[],
): Merged | NotMerged {
  const [theirs, ours] = [read(format, set), read(format, present)];
  if (theirs === undefined || ours === undefined) return { reason: 'cannot be read' };
  const taken: string[] = [];
  const held: string[] = [...theirs.repeated, ...ours.repeated].map((key) => `${key} (there more than once)`);
  const edits: Edit[] = [];
  for (const [key, value] of theirs.values) {
    const raw = rawOf(set, value);
    const own = ours.values.get(key);
    if (theirs.repeated.has(key) || ours.repeated.has(key)) continue;
    if (own !== undefined && rawOf(present, own) === raw) continue;
    const bound = boundToOther(value, `${raw}\n${own === undefined ? '' : rawOf(present, own)}`, names);
    const edit =
      own === undefined
        ? additionOf(format, value, raw, ours.values, present)
        : { start: own.start, end: own.end, text: withLineEnds(raw, present) };
    if (bound !== undefined) held.push(`${key} (${bound})`);
    else if (edit === undefined) held.push(`${key} (has no place in the present file)`);
    else {
      edits.push(edit);
      taken.push(key);
    }
  }
  return { text: applied(present, edits), taken, held };
}

/** For the same host and release: the text of the set, but with what is bound to the machine as it is here now. */
export function keepBound(
  format: ConfigFormat | undefined,
  set: string,
  present: string,
): Merged | NotMerged {
  if (format === undefined)
    return boundTo({ path: [''] }, `${set}\n${present}`) === undefined
      ? { text: set, taken: ['all of it'], held: [] }
      : { reason: 'holds values that are encrypted for a machine' };
  const [theirs, ours] = [read(format, set), read(format, present)];
  if (theirs === undefined || ours === undefined) return { reason: 'cannot be read' };
  const held: string[] = [];
  const edits: Edit[] = [];
  for (const key of new Set([...theirs.values.keys(), ...ours.values.keys()])) {
    const [value, own] = [theirs.values.get(key), ours.values.get(key)];
    const raws = [value === undefined ? '' : rawOf(set, value), own === undefined ? '' : rawOf(present, own)];
    const bound = boundTo(value ?? own ?? { path: [] }, raws.join('\n'));
    if (bound === undefined || raws[0] === raws[1]) continue;
    if (value === undefined || own === undefined || theirs.repeated.has(key) || ours.repeated.has(key))
      return {
        reason: `has ${key} (${bound}) ${value === undefined ? 'here and not' : own === undefined ? 'not here but' : 'more than once here or'} in the set`,
      };
    edits.push({ start: value.start, end: value.end, text: withLineEnds(rawOf(present, own), set) });
    held.push(`${key} (${bound})`);
  }
  return { text: applied(set, edits), taken: ['all else'], held };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function read(
  format: ConfigFormat,
  text: string,
): { readonly values: Values; readonly repeated: ReadonlySet<string> } | undefined {
  const found = valuesOf(format, text);
  if (found === undefined) return undefined;
  const values = new Map<string, LocatedValue>();
  const repeated = new Set<string>();
  for (const value of found) {
    const key = nameOf(value, format);
    if (values.has(key)) repeated.add(key);
    values.set(key, value);
  }
  return { values, repeated };
}

/** As messages show it. Keys of ini files are compared without regard to case. */
function nameOf({ path }: LocatedValue, format: ConfigFormat): string {
  if (format === 'ini') return `[${path[0] ?? ''}] ${path[1] ?? ''}`.toLowerCase();
  return path.join('/');
}

/**
 * Where a key that is missing goes: in an ini file to the end of its section, in JSON behind the last value of its object.
 * Undefined: there is no such section or object, or the format has no place for it.
 */
function additionOf(
  format: ConfigFormat,
  { path }: LocatedValue,
  raw: string,
  ours: Values,
  present: string,
): Edit | undefined {
  const parent = path.slice(0, -1);
  const siblings = [...ours.values()].filter(
    (one) =>
      one.path.length === path.length && parent.every((part, index) => same(part, one.path[index], format)),
  );
  const last = siblings.toSorted((a, b) => a.after - b.after).at(-1);
  if (last === undefined || format === 'xml') return undefined;
  const eol = lineEndOf(present);
  const key = path.at(-1) ?? '';
  const indent = indentAt(present, last.start);
  if (format === 'ini')
    return {
      start: last.after,
      end: last.after,
      text: `${eol}${indent}${key}${raw === '' ? '' : `=${raw}`}`,
    };
  // An element of a list has no key of its own to be put in with.
  if (key.startsWith('[')) return undefined;
  const separator = present.slice(lineStart(present, last.start), last.start).includes('{')
    ? ', '
    : `,${eol}${indent}`;
  return {
    start: last.after,
    end: last.after,
    text: `${separator}${JSON.stringify(key)}: ${withLineEnds(raw, present)}`,
  };
}

function same(part: string, other: string | undefined, format: ConfigFormat): boolean {
  return format === 'ini' ? part.toLowerCase() === other?.toLowerCase() : part === other;
}

function applied(text: string, edits: readonly Edit[]): string {
  // From the end, so that the places before stay right; of several at one place the first comes first.
  const ordered = edits.map((edit, index) => ({ ...edit, index }));
  ordered.sort((a, b) => b.start - a.start || b.index - a.index);
  return ordered.reduce(
    (current, { start, end, text: put }) => current.slice(0, start) + put + current.slice(end),
    text,
  );
}

function rawOf(text: string, { start, end }: LocatedValue): string {
  return text.slice(start, end);
}

function lineStart(text: string, at: number): number {
  return Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1;
}

function indentAt(text: string, at: number): string {
  return /^[^\S\r\n]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? '';
}

function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function withLineEnds(raw: string, like: string): string {
  return raw.replace(/\r?\n/g, lineEndOf(like));
}
