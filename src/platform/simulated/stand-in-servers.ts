import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { messageOf, UsageError } from '../../contract/errors.ts';
import type { Node } from '../../contract/node.ts';
import { createRepositoryApi } from '../qrs/client.ts';
import { createUnlock } from '../qrs/unlock.ts';

const port = z.int().min(1).max(65_535);

const file = z.strictObject({
  schemaVersion: z.literal(1),
  /** HTTPS on localhost: stands in for the repository API, port 4242. */
  repository: port.optional(),
  /** HTTP on localhost: stands in for what takes the one-time password, port 4570. */
  certificates: port.optional(),
  /** Anything that takes a connection: stands in for the central node that was, before a restore to another host. */
  oldCentral: port.optional(),
});

/** Where a simulated node has the ports of the servers that answer for it. */
export function serversFile(folder: string): string {
  return path.join(folder, 'servers.json');
}

/**
 * What of a simulated node answers on a port: nothing, unless `servers.json` names servers on this machine that do.
 * @throws UsageError when the file is not valid
 */
export function standInServers(
  folder: string,
): Pick<Node, 'repository' | 'canUnlock' | 'unlockCertificates' | 'oldCentralPort'> {
  const target = serversFile(folder);
  if (!existsSync(target)) return {};
  const { repository, certificates, oldCentral } = read(target);
  return {
    ...(repository === undefined
      ? {}
      : { repository: createRepositoryApi({ host: 'localhost', port: repository }) }),
    ...(certificates === undefined
      ? {}
      : { canUnlock: true, unlockCertificates: createUnlock({ port: certificates }) }),
    ...(oldCentral === undefined ? {} : { oldCentralPort: oldCentral }),
  };
}

function read(target: string): z.output<typeof file> {
  try {
    return file.parse(JSON.parse(readFileSync(target, 'utf8')));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UsageError(`${target} is not valid: ${what}`, { cause });
  }
}
