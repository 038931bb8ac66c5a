import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who was given access to which private key of a simulated node: accounts by store and thumbprint. */
export function readKeyAccess(node: string): Record<string, string[]> {
  try {
    return JSON.parse(readFileSync(join(node, 'key-access.json'), 'utf8')) as Record<string, string[]>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
