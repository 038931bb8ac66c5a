import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import { expandStars } from '../site/expand-stars.ts';
import type { OpenSet } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copySetting, orReason } from './copy-setting.ts';
import { factOf } from './failure.ts';
import { namingFullDisk } from './full-disk.ts';
import { inSet, pathAsName, setInput } from './set-paths.ts';
import { warnOfTree } from './copy-trees.ts';

const input = z.strictObject({ set: setInput });

/**
 * Copies the configuration files of the node that the site file lists, each under its own path in `config/<node>`.
 * What is not there is passed over; it is a warning only when the site file names it itself. One that cannot be read is a
 * warning: for a setting no night is lost.
 */
export function createVaultCopyFiles(
  c: Pick<ActionCollaborators, 'vault' | 'site' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const { files, expected } = c.site.config;

  const operationFor = (node: ReadableNode, file: string, set: string): FileOperation => ({
    kind: 'file',
    verb: 'copy',
    source: node.reach(file),
    path: inSet(c.vault, set, targetOf(node, file)),
    effect: 'change',
  });

  return {
    name: 'vault.copy-files',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe({ set }, { node }) {
      const missing = await missingFiles(files, node);
      return {
        // One that is not there now is copied if it is there then.
        operations: files.map((file) => ({
          ...operationFor(node, file, set),
          ...(missing.includes(file) ? { repeat: true as const } : {}),
        })),
        notes: missing.length === 0 ? [] : [`Not on ${node.name} now: ${missing.join(', ')}.`],
      };
    },

    prepare: () => Promise.resolve(null),

    async execute({ set: id }, _before, context) {
      const set = await c.vault.open(id);
      const { node } = context;
      const missing: string[] = [];
      let copied = 0;
      for (const file of files) {
        const found = await orReason(() => expandStars(node.reach(file)));
        if (typeof found === 'string') {
          warnUnreadable(file, found, context);
          continue;
        }
        if (found.length === 0) {
          missing.push(file);
          if (expected.includes(file)) {
            context.warn(
              `${file} is not on ${node.name}.`,
              'Correct config.files in site.yaml, or leave it out there.',
            );
          }
          continue;
        }
        copied += await context.perform(operationFor(node, file, id), (signal) =>
          namingFullDisk([set.path], c, () => copyAll(found, set, context, signal)),
        );
      }
      return { copied, missing };
    },

    check: () => Promise.resolve('not-done'),
  };
}

function targetOf(node: ReadableNode, file: string): string {
  return `config/${node.name}/${pathAsName(file)}`;
}

/** Those that are not there, or cannot be looked at now. */
async function missingFiles(files: readonly string[], node: ReadableNode): Promise<string[]> {
  const missing: string[] = [];
  for (const file of files) {
    const found = await expandStars(node.reach(file)).catch((error: unknown) => {
      factOf(error);
      return [];
    });
    if (found.length === 0) missing.push(file);
  }
  return missing;
}

/** Gives how many of them were copied. */
async function copyAll(
  paths: readonly string[],
  set: OpenSet,
  context: Pick<ExecuteContext, 'node' | 'warn'>,
  signal: AbortSignal,
): Promise<number> {
  let copied = 0;
  for (const from of paths) {
    signal.throwIfAborted();
    const to = targetOf(context.node, from);
    const found = await orReason(() => fs.stat(from));
    if (typeof found !== 'string' && found.isDirectory()) {
      const result = await set.copyTree({ from, to, onTrouble: 'warn', signal });
      warnOfTree(from, result.warnings, context);
      copied += 1;
      continue;
    }
    let unreadable: string | undefined;
    if (typeof found === 'string') unreadable = found;
    else if (!found.isFile()) unreadable = 'it is no ordinary file';
    else ({ unreadable } = await copySetting(from, await set.pathFor(to), signal));
    if (unreadable === undefined) copied += 1;
    else warnUnreadable(from, unreadable, context);
  }
  return copied;
}

function warnUnreadable(
  file: string,
  reason: string,
  { node, warn }: Pick<ExecuteContext, 'node' | 'warn'>,
): void {
  warn(
    `${file} on ${node.name} could not be read and is not in the backup set: ${reason}`,
    'Look whether the account of this run may read it. If it is not needed, name the files to keep in config.files of site.yaml.',
  );
}
