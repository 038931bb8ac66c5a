import * as z from 'zod';
import type { ConfState } from '../postgres/conf-server.ts';
import { listensToOthers } from '../postgres/hba-server.ts';
import { connectionsFor, type NodePool } from './connection-pools.ts';

/** What PostgreSQL is to be set to. */
export const configureInput = z.strictObject({
  /** `*`, or addresses with commas. */
  listen: z
    .string()
    .regex(/^[^\s'\\][^'\\\n\r]*$/)
    .default('*'),
  /** At least so many; 0: the pools of the nodes + 20. */
  'max-connections': z.int().min(0).max(262_143).default(0),
  /** Connections of a node whose own number cannot be read; 0: 110, as the manual counts. */
  'pool-size': z.int().min(0).max(1000).default(0),
});

/** It, parsed. */
export type ConfigureInput = z.infer<typeof configureInput>;

/** A setting that is not enough as the files have it. */
export interface Wanted {
  readonly name: string;
  readonly line: string;
  readonly file?: string | undefined;
}

/** Nothing is lowered, and a server that listens to other machines is left as it is unless addresses are given. */
export function wantedOf(
  given: ConfigureInput,
  { maxConnections, listen }: ConfState,
  pools: readonly NodePool[],
): Wanted[] {
  const wanted: Wanted[] = [];
  const needed = Math.max(
    given['max-connections'],
    given['max-connections'] === 0 ? connectionsFor(pools) : 0,
  );
  if (Number(maxConnections.file.value ?? maxConnections.now) < needed)
    wanted.push({
      ...{ name: 'max_connections', line: `max_connections = ${String(needed)}` },
      file: maxConnections.file.file,
    });
  const set = listen.file.value ?? listen.now;
  if (given.listen === '*' ? !listensToOthers(set) : set !== given.listen)
    wanted.push({
      ...{ name: 'listen_addresses', line: `listen_addresses = '${given.listen}'` },
      file: listen.file.file,
    });
  return wanted;
}

/** Whether what the files say is not yet what the server runs with. */
export function isWaiting({ maxConnections, listen }: ConfState): boolean {
  return (
    (maxConnections.file.value !== undefined && Number(maxConnections.file.value) !== maxConnections.now) ||
    (listen.file.value !== undefined && listen.file.value !== listen.now)
  );
}

/** Whether ALTER SYSTEM has set it. */
export function isBySystem(file: string | undefined): boolean {
  return file !== undefined && /postgresql\.auto\.conf$/.test(file);
}
