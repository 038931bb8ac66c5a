import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import { configAdvice, CONNECTION_STRING_EDITOR } from './config-advice.ts';
import type { ConfigFile } from './config-files.ts';
import { keepBound, mergeConfig } from './config-merge.ts';
import { hideSecrets } from './config-secrets.ts';
import { decodeText, encodeText } from './config-text.ts';
import { formatOf } from './config-values.ts';
import { setFile } from './set-file.ts';
import type { SetPlace } from './set-place.ts';

export type ConfigMode = 'show' | 'same' | 'merge';

/** Larger files are no configuration that a person reads. Bytes. */
const LARGEST = 4 * 1024 * 1024;

/** How one configuration file of the node is to that of the set. */
export interface ConfigChange {
  /** In the set, without `config/<node>/`. */
  readonly name: string;
  readonly target?: string;
  readonly state: 'same' | 'differs' | 'not-here';
  /** What is to be done by hand. */
  readonly byHand?: string;
  /** What the file becomes; absent: it stays as it is. */
  readonly content?: Buffer;
  /** SHA-256 of what is there; absent: nothing is. */
  readonly present?: string;
  /** Values taken over. */
  readonly taken?: readonly string[];
  /** Unified, from what is here to what is in the set, without secrets. */
  readonly diff?: string;
}

/**
 * Compares one file, and says what it becomes. `base`: what was there at first, where an earlier attempt has changed it; null:
 * nothing was.
 */
export async function configChange(
  place: Pick<SetPlace, 'root'>,
  set: string,
  file: ConfigFile,
  how: { readonly mode: ConfigMode; readonly names: readonly string[]; readonly base?: Buffer | null },
): Promise<ConfigChange> {
  const name = file.path.split('/').slice(2).join('/');
  const { target } = file;
  if (target === undefined)
    return {
      name,
      state: 'not-here',
      byHand:
        configAdvice(name).byHand ??
        'config.files of site.yaml does not name it: copy it by hand where it is wanted.',
    };
  if (file.size > LARGEST)
    return { name, target, state: 'differs', byHand: 'It is too large to be compared.' };
  const theirs = await readVerified(place, set, file);
  const ours = how.base === null ? undefined : (how.base ?? (await readIfThere(target)));
  const common = { name, target, ...(ours !== undefined && { present: sha256(ours) }) };
  if (ours?.equals(theirs) === true) return { ...common, state: 'same' };
  const state = ours === undefined ? 'not-here' : 'differs';
  const diff = await diffOf(ours, theirs);
  const told = { ...common, state, ...(diff !== undefined && { diff }) } as const;
  const never = configAdvice(name).byHand;
  if (never !== undefined) return { ...told, byHand: never };
  if (how.mode === 'show') return told;
  return {
    ...told,
    ...(await (how.mode === 'same'
      ? copied(name, target, ours, theirs)
      : merged(name, ours, theirs, how.names))),
  };
}

type Outcome = Pick<ConfigChange, 'byHand' | 'content' | 'taken'>;

/** The file of the set, with what is bound to the machine as it is here. */
async function copied(
  name: string,
  target: string,
  ours: Buffer | undefined,
  theirs: Buffer,
): Promise<Outcome> {
  if (ours === undefined)
    return (await isFolder(path.dirname(target)))
      ? alone(theirs)
      : { byHand: `Its folder is not there: is that part of Qlik Sense installed?` };
  const [set, present] = [decodeText(theirs), decodeText(ours)];
  if (set === undefined || present === undefined) return { content: theirs, taken: ['all of it'] };
  const result = keepBound(formatOf(name), set.text, present.text);
  if ('reason' in result) return { byHand: `It ${result.reason}. Take over what you need by hand.` };
  const content = result.text === set.text ? theirs : encodeText({ ...set, text: result.text });
  return outcome({ ...result, content }, ours);
}

/** A file that is not there is copied only when nothing in it is bound to another machine. */
function alone(theirs: Buffer): Outcome {
  const set = decodeText(theirs);
  if (set !== undefined && hideSecrets(set.text) !== set.text)
    return { byHand: 'It holds passwords or encrypted values: take over by hand what you need.' };
  return { content: theirs, taken: ['all of it'] };
}

/** The present file with the values of the set. */
async function merged(
  name: string,
  ours: Buffer | undefined,
  theirs: Buffer,
  names: readonly string[],
): Promise<Outcome> {
  if (ours === undefined) return { byHand: 'It is not here: look whether this release has it elsewhere.' };
  const format = formatOf(name);
  const [set, present] = [decodeText(theirs), decodeText(ours)];
  if (format === undefined || set === undefined || present === undefined)
    return { byHand: 'It is of no kind that is merged by key: take over what you need by hand.' };
  const result = mergeConfig(format, set.text, present.text, names);
  if ('reason' in result) return { byHand: `It ${result.reason}. Take over what you need by hand.` };
  return outcome({ ...result, content: encodeText({ ...present, text: result.text }) }, ours);
}

function outcome(
  {
    content,
    taken,
    held,
  }: { content: Buffer | undefined; taken: readonly string[]; held: readonly string[] },
  ours: Buffer,
): Outcome {
  if (content === undefined)
    return { byHand: 'It has letters that the encoding of the present file cannot write.' };
  const byHand =
    held.length === 0
      ? {}
      : {
          byHand: `These stay as they are here; set them by hand where they are wanted: ${held.join(', ')}.${stringsHint(held)}`,
        };
  return content.equals(ours) ? byHand : { content, taken, ...byHand };
}

function stringsHint(held: readonly string[]): string {
  return held.some((one) => one.startsWith('connectionStrings'))
    ? ` Connection strings are changed with the Connection String Editor of QlikSenseUtil (manual ${CONNECTION_STRING_EDITOR}).`
    : '';
}

async function readVerified(place: Pick<SetPlace, 'root'>, set: string, file: ConfigFile): Promise<Buffer> {
  const data = await fs.readFile(await setFile(place, set, file.path));
  if (sha256(data) === file.sha256) return data;
  throw new VerificationError(`${file.path} of backup set ${set} is not as it was written.`, {
    hint: `What is wrong: sense-runbook backups verify ${set}`,
  });
}

/** The content of a file; undefined when it is not there. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** SHA-256, hexadecimal. */
export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

async function diffOf(ours: Buffer | undefined, theirs: Buffer): Promise<string | undefined> {
  const [present, set] = [decodeText(ours ?? Buffer.alloc(0)), decodeText(theirs)];
  if (present === undefined || set === undefined || ours === undefined) return undefined;
  const { createTwoFilesPatch } = await import('diff');
  const [old, fresh] = [hideSecrets(present.text), hideSecrets(set.text)];
  const patch = createTwoFilesPatch('here', 'in the set', old, fresh, undefined, undefined, {
    stripTrailingCr: true,
  });
  return patch.includes('\n@@ ')
    ? patch.replace(/^=+\n/, '')
    : 'They differ only in line ends, encoding or values that are not shown.\n';
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await fs.stat(folder)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
