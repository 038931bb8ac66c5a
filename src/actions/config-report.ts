import path from 'node:path';
import type { ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { ConfigChange, ConfigMode } from './config-changes.ts';
import type { SetConfig } from './config-files.ts';
import { safetyFolder } from './safety.ts';

/** So much of a difference stands in the outputs; the file has all of it. Lines. */
const SHOWN_LINES = 60;

/** What people are told of the configuration files of a node. */
export interface ConfigReport {
  readonly notes: readonly string[];
  readonly outputs: JsonObject;
  readonly warnings: (diff: string) => { readonly message: string; readonly hint: string }[];
}

/** Words what was found; `mode` says how much of it concerns the person. */
export function configReport(
  changes: readonly ConfigChange[],
  { folders }: Pick<SetConfig, 'folders'>,
  { mode }: { readonly mode: ConfigMode },
): ConfigReport {
  const different = changes.filter(({ state }) => state === 'differs');
  const byHand = changes.flatMap(({ name, state, byHand: what }) =>
    what === undefined || state === 'same' ? [] : [`${name}: ${what}`],
  );
  const copied = folders.map((folder) => `${folder} in the set was copied as a folder and is not compared.`);
  return {
    notes: [...changes.flatMap(takenNote), ...byHand, ...copied],
    outputs: {
      mode,
      files: changes.map((change): JsonObject => ({
        file: change.name,
        state: change.state,
        ...(change.target !== undefined && { target: change.target }),
        ...(change.taken !== undefined && { taken: [...change.taken] }),
        ...(change.byHand !== undefined && change.state !== 'same' && { byHand: change.byHand }),
        ...(change.diff !== undefined && { diff: firstLines(change.diff) }),
      })),
      byHand,
    },
    warnings: (diff) =>
      mode === 'show'
        ? summary(different, diff)
        : byHand.map((message) => ({
            message: `Configuration to be done by hand: ${message}`,
            hint: `What differs is in ${diff}.`,
          })),
  };
}

/** One warning for all: whether it matters only a person can tell. */
function summary(different: readonly ConfigChange[], diff: string): { message: string; hint: string }[] {
  if (different.length === 0) return [];
  const names = different.map(({ name }) => path.posix.basename(name)).join(', ');
  return [
    {
      message: `Configuration files differ from those of the set: ${names}.`,
      hint: `What differs is in ${diff}. To take them over: --only config with config=same (same host and release) or config=merge.`,
    },
  ];
}

function takenNote({ name, taken, content }: ConfigChange): string[] {
  return content === undefined || taken === undefined ? [] : [`${name}: takes over ${taken.join(', ')}.`];
}

function firstLines(diff: string): string {
  const lines = diff.split('\n');
  if (lines.length <= SHOWN_LINES) return diff;
  return [...lines.slice(0, SHOWN_LINES), `... ${String(lines.length - SHOWN_LINES)} more lines`].join('\n');
}

/** File of this run with all that differs on a node. */
export function diffFile(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Pick<ReadContext, 'run' | 'node'>,
): string {
  return safetyFolder(c, context, `config-${context.node.name}.diff`);
}

/** The writing of that file: into the run's own folder, so that the site does not change. */
export function diffOperation(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Pick<ReadContext, 'run' | 'node'>,
): FileOperation {
  return { kind: 'file', verb: 'write', path: diffFile(c, context), effect: 'read' };
}

/** Writes it. */
export async function writeDiff(file: string, changes: readonly ConfigChange[]): Promise<void> {
  const parts = changes.flatMap(({ name, diff }) => (diff === undefined ? [] : [`# ${name}\n${diff}`]));
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await makeFolder(path.dirname(file));
  await writeFileAtomic(file, parts.length === 0 ? 'Nothing differs.\n' : parts.join('\n'), { mode: 0o600 });
}
