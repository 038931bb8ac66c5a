import { win32 } from 'node:path';
import * as z from 'zod';
import type { ReadableNode } from '../../contract/node.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** Looking into a few folders, on a server that is busy. Milliseconds. */
const FIND_LIMIT_MS = 60_000;
/** A host may have several addresses, each of which gets the time that was given. */
const ADDRESSES = 4;
const START_MS = 60_000;

// Made when they are used: `status` loads this file and needs no shape of it.
const found = z.lazy(() => z.object({ files: z.array(z.string()), onPath: z.string().nullable() }));
const connection = z.lazy(() =>
  z.union([z.object({ reached: z.literal(true) }), z.object({ reached: z.literal(false), why: z.string() })]),
);

/** Finds a program on the Windows that `powershell` runs on: newest version first, that of PATH last. */
export function findProgramThrough(powershell: PowerShell): NonNullable<ReadableNode['findProgram']> {
  return async (program, folders, signal) => {
    const input = { program, folders: [...folders] };
    const told = await powershell.run('find-programs', input, { timeoutMs: FIND_LIMIT_MS, signal });
    const { files, onPath } = readAnswer(found, told, `${program} cannot be looked for`);
    const version = (file: string): string => win32.basename(win32.dirname(win32.dirname(file)));
    const sorted = files.sort((a, b) => version(b).localeCompare(version(a), 'en', { numeric: true }));
    const all = [...sorted, ...(onPath === null ? [] : [onPath])];
    const same = (a: string, b: string): boolean =>
      win32.normalize(a).toLowerCase() === win32.normalize(b).toLowerCase();
    return all.filter((file, index) => all.findIndex((other) => same(file, other)) === index);
  };
}

/** Asks the Windows that `powershell` runs on whether a port takes a connection from it. */
export function connectsThrough(powershell: PowerShell): NonNullable<ReadableNode['connects']> {
  return async (host, port, { timeoutMs, signal }) => {
    const limits = {
      timeoutMs: timeoutMs * ADDRESSES + START_MS,
      ...(signal === undefined ? {} : { signal }),
    };
    const told = await powershell.run('tcp-connect', { host, port, timeoutMs }, limits);
    return readAnswer(connection, told, `whether ${host}:${String(port)} takes a connection is not known`);
  };
}
