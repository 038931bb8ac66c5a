import { formatLocalTime } from '../foundation/human.ts';
import type { KeptSecret } from '../site/secret-store.ts';
import { textTable } from './text-table.ts';

/** The kept secrets: their names, and where it is known for which account each is kept. Never the secrets. */
export function secretsText(kept: readonly KeptSecret[]): string {
  if (kept.length === 0) return 'No secrets are kept.\n';
  if (kept.every(({ kind }) => kind === 'owner')) return `${kept.map(({ name }) => name).join('\n')}\n`;
  const lines = textTable(
    [{ title: 'SECRET' }, { title: 'READABLE BY' }, { title: 'KEPT' }, { title: 'STORED' }],
    kept.map(({ name, kind, readableBy, host, storedAt }) => [
      name,
      readableBy?.account ?? '',
      kind === 'encrypted' ? `encrypted, on ${host ?? '?'}` : 'file, also administrators',
      storedAt === undefined ? '' : formatLocalTime(storedAt),
    ]),
  );
  return `${lines.join('\n')}\n`;
}
