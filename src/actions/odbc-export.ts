import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { OdbcSources, ReadableNode } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import { registryFile } from '../platform/windows/registry-file.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput });

/** Where the set has the ODBC system data sources of a node. */
export function odbcFile(node: string): string {
  return `config/${node}/odbc-system-dsn.reg`;
}

/**
 * Keeps the ODBC system data sources of a Windows node as a file for regedit: reloads need them, and Windows has them in
 * its registry alone. Passwords among them stay there; the file names them. What cannot be read is a warning.
 */
export function createOdbcExport(c: Pick<ActionCollaborators, 'vault'>): Action<z.infer<typeof input>, null> {
  const operationFor = (node: ReadableNode, set: string): FileOperation => ({
    kind: 'file',
    verb: 'copy',
    source: String.raw`HKLM\SOFTWARE\ODBC\ODBC.INI`,
    path: inSet(c.vault, set, odbcFile(node.name)),
    effect: 'change',
    // There may be none.
    repeat: true,
  });

  return {
    name: 'odbc.export',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe: ({ set }, { node }) =>
      Promise.resolve(
        node.odbc === undefined
          ? { operations: [], notes: [`${node.name} has no ODBC data sources that can be asked for.`] }
          : { operations: [operationFor(node, set)] },
      ),

    prepare: () => Promise.resolve(null),

    async execute({ set: id }, _before, context) {
      const { node } = context;
      if (node.odbc === undefined) return { sources: 0, leftOut: [] };
      let found: OdbcSources;
      try {
        found = await node.odbc(context.signal);
      } catch (error) {
        context.signal.throwIfAborted();
        context.warn(
          `The ODBC data sources of ${node.name} are not in the set: ${factOf(error)}`,
          String.raw`Export them yourself: regedit > HKEY_LOCAL_MACHINE\SOFTWARE\ODBC\ODBC.INI > File > Export, and the same below SOFTWARE\WOW6432Node.`,
        );
        return { sources: 0, leftOut: [] };
      }
      const leftOut = found.leftOut.map(({ key, name }) => `${lastName(key)}: ${name}`);
      const sources = found.keys.filter(({ path }) =>
        /\\ODBC\.INI\\(?!ODBC Data Sources$)[^\\]+$/i.test(path),
      );
      if (sources.length > 0) {
        const set = await c.vault.open(id);
        const target = await set.pathFor(odbcFile(node.name));
        await context.perform(operationFor(node, id), () =>
          fs.writeFile(target, registryFile(found.keys, comments(node, leftOut)), { mode: 0o600 }),
        );
      }
      return { sources: sources.length, leftOut };
    },

    check: () => Promise.resolve('not-done'),
  };
}

function comments({ host }: ReadableNode, leftOut: readonly string[]): string[] {
  return [
    `ODBC system data sources of ${host}. Install their drivers first, then: regedit /S odbc-system-dsn.reg`,
    ...(leftOut.length === 0
      ? []
      : [
          'Left out, since they look like passwords; set them in odbcad32:',
          ...leftOut.map((one) => `  ${one}`),
        ]),
  ];
}

function lastName(key: string): string {
  return key.split('\\').at(-1) ?? key;
}
