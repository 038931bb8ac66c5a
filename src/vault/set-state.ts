import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './durable.ts';
import { STATE_FILE, TEMPORARY } from './set-names.ts';

/** The state until it is written to its end. */
const HALF_WRITTEN = `${TEMPORARY}state`;

/** An earlier set, complete or of the same run, whose unchanged files are hard-linked into the set being written. */
export interface LinkSource {
  readonly set: string;
  /**
   * `false`: it was written before a restart of the machine and never flushed; a file is hashed again before it is
   * linked. Complete sets and those written since the last start are trusted.
   */
  readonly trusted: boolean;
}

/** What an unfinished set tells of itself. */
export interface SetState {
  readonly run: string;
  readonly createdAt: string;
  /** Start of the machine during which files were written; see `bootIdentity`. */
  readonly boot: string;
  readonly linkFrom: readonly LinkSource[];
  /** The vault's file system has no hard links. */
  readonly linkless?: true;
}

/** Writes the state; the set then belongs to `state.run`. */
export async function writeSetState(set: string, state: SetState): Promise<void> {
  await writeDurably(join(set, STATE_FILE), join(set, HALF_WRITTEN), `${JSON.stringify(state, null, 2)}\n`);
}

/** The state of an unfinished set; undefined when it has none, or none that can be read. */
export async function readSetState(set: string): Promise<SetState | undefined> {
  let text: string;
  try {
    text = await readFile(join(set, STATE_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parse(text);
}

/** Whether a set without a state has nothing else in it either: its run was killed before it said whose it is. */
export async function isOnlyBegun(set: string): Promise<boolean> {
  return (await readdir(set)).every((name) => name === HALF_WRITTEN);
}

function parse(text: string): SetState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A state that a power failure cut short says nothing: such a set belongs to no known run.
    return undefined;
  }
  const state = value as Partial<SetState> | null;
  if (typeof state?.run !== 'string' || typeof state.createdAt !== 'string') return undefined;
  return {
    run: state.run,
    createdAt: state.createdAt,
    boot: typeof state.boot === 'string' ? state.boot : '',
    linkFrom: Array.isArray(state.linkFrom) ? state.linkFrom : [],
    ...(state.linkless === true ? { linkless: true } : {}),
  };
}
