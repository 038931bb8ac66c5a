import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readZip } from './read-zip.ts';

/** What shells, JSON, YAML, URLs, HTML, XML and password files write otherwise than it is. */
const AWKWARD = ` "q' \\b:%41 $x & <ü>+/`;

/** A secret with awkward characters, unlike any other text; both ends can be found however the rest is written. */
export interface MarkedSecret {
  /** What it is, for messages. */
  readonly name: string;
  readonly value: string;
  readonly marks: readonly string[];
}

/** Makes a secret that no other one is like. */
export function markedSecret(name: string): MarkedSecret {
  const marks = [mark(), mark()];
  return { name, value: marks.join(AWKWARD), marks };
}

function mark(): string {
  return `Mk${randomBytes(9).toString('hex')}`;
}

/** A thing in which no secret may be. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** Every file below a folder, those in a .zip too; `leftOut` are files and folders where secrets belong. */
export function placesIn(folder: string, leftOut: readonly string[] = []): Place[] {
  return readdirSync(folder).flatMap((name): Place[] => {
    const path = join(folder, name);
    if (leftOut.includes(path)) return [];
    const status = lstatSync(path);
    if (status.isDirectory()) return placesIn(path, leftOut);
    if (!status.isFile()) return [];
    const packed = name.endsWith('.zip') ? [...readZip(path)] : [];
    return [
      { name: path, content: readFileSync(path) },
      ...packed.map(([entry, content]) => ({ name: `${path}/${entry}`, content })),
    ];
  });
}

/** A text as a place. */
export function placeOf(name: string, text: string): Place {
  return { name, content: Buffer.from(text) };
}

/** Every secret that is in a place, in any of the usual encodings: `restic password in log.jsonl as base64`. */
export function secretsIn(places: readonly Place[], secrets: readonly MarkedSecret[]): string[] {
  const wanted = secrets.flatMap(({ name, marks }) =>
    marks.flatMap((text) => Object.entries(encodings(text)).map(([how, bytes]) => ({ name, how, bytes }))),
  );
  return places.flatMap((place) =>
    wanted
      .filter(({ bytes }) => place.content.includes(bytes))
      .map(({ name, how, bytes }) => `${name} in ${place.name} as ${how}: ${around(place.content, bytes)}`),
  );
}

/** Escaped for JSON, HTML, a URL or a shell the marks stay as they are. */
function encodings(text: string): Record<string, Buffer> {
  const bytes = Buffer.from(text);
  const shifted = [0, 1, 2].map((before): [string, Buffer] => {
    const base64 = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Without the ends, which depend on what stands beside it.
    return [`base64 (${String(before)})`, Buffer.from(base64.slice(before === 0 ? 0 : 4, -4))];
  });
  return {
    text: bytes,
    'UTF-16': Buffer.from(text, 'utf16le'),
    hex: Buffer.from(bytes.toString('hex')),
    backwards: Buffer.from([...text].reverse().join('')),
    ...Object.fromEntries(shifted),
  };
}

function around(content: Buffer, bytes: Buffer): string {
  const at = content.indexOf(bytes);
  return JSON.stringify(content.toString('utf8', Math.max(0, at - 60), at + bytes.length + 30));
}
