import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { restoreDocument, type RestoreFacts } from '../../../src/actions/restore-document.ts';

const TEMPLATE = readFileSync(
  fileURLToPath(new URL('../../../templates/RESTORE.md', import.meta.url)),
  'utf8',
);

/** A dump of the repository. */
export const QSR = {
  name: 'QSR',
  database: 'QSR',
  file: 'databases/QSR_backup.tar',
  format: 'tar',
  owner: 'qliksenserepository',
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
};

/** A set of a site of two nodes. */
export const FACTS: RestoreFacts = {
  set: '20261124T020000Z-ab12cd',
  site: 'acme',
  path: 'D:\\Vault\\acme\\20261124T020000Z-ab12cd',
  createdAt: '2026-11-24T02:03:05.000Z',
  tool: 'sense-runbook 1',
  release: 'May 2025',
  serverVersion: '14.17',
  clientVersion: '14.17',
  database: { host: 'db.acme.example', port: 4432, user: 'postgres' },
  windows: true,
  installFolder: 'E:\\Qlik\\Sense',
  programDataFolder: 'C:\\ProgramData\\Qlik\\Sense',
  nodes: [
    { name: 'central', host: 'qs1.acme.example', role: 'central' },
    { name: 'rim1', host: 'qs2.acme.example', role: 'rim' },
  ],
  dumps: [QSR],
  certificates: [
    {
      role: 'client',
      file: 'certificates/client.pfx',
      store: 'CurrentUser/My',
      subject: 'CN=QlikClient',
      issuer: 'CN=qs1.acme.example-CA',
      thumbprint: 'AA',
      notBefore: '2025-01-01T00:00:00Z',
      notAfter: '2035-01-01T00:00:00Z',
    },
  ],
  folders: [
    { folder: 'share', original: '\\\\files\\QlikShare' },
    { folder: 'logs/rim1', original: 'C:\\ProgramData\\Qlik\\Sense\\Log', node: 'rim1' },
  ],
  config: [
    { folder: 'config/central/C/ProgramData/Qlik/Sense/Host.cfg', original: 'C:\\x\\Host.cfg' },
    { folder: 'config/central/C/a/services.conf', original: 'C:\\a\\services.conf' },
  ],
  warnings: [],
};

/** RESTORE.md of a set of two nodes, changed as told. */
export const page = (changes: Partial<RestoreFacts> = {}): string =>
  restoreDocument(TEMPLATE, { ...FACTS, ...changes });

/** Lines of the step or phase with this title. */
export function part(text: string, title: string): string {
  const level = title.includes('.') ? '###' : '##';
  const start = text.indexOf(`\n${level} ${title}`);
  expect(start, title).toBeGreaterThan(-1);
  const end = text.slice(start + 4).search(/\n#{2,3} /);
  return text.slice(start, end === -1 ? undefined : start + 4 + end);
}
