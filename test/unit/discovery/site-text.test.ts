import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersFrom } from '../../../src/discovery/answers.ts';
import type { SiteAnswers } from '../../../src/discovery/answers.ts';
import { exampleSiteFile } from '../../../src/discovery/example.ts';
import { siteFileText } from '../../../src/discovery/site-text.ts';
import { parseSite } from '../../../src/site/load.ts';

const COMPLETE: SiteAnswers = {
  name: 'prod',
  release: 'May 2025',
  installFolder: 'D:\\Qlik: Sense #1',
  programDataFolder: "D:\\it's here",
  nodes: [
    { name: 'central', host: 'QLIK01', role: 'central', failoverCandidate: false, transport: 'local' },
    { name: '01', host: '192.0.2.1', role: 'rim', failoverCandidate: true, transport: 'winrm' },
  ],
  databaseHost: 'db',
  databasePort: 5432,
  databaseUser: 'yes',
  databasePassword: { command: ['C:\\get secret.exe', '{x}, y', '# z'] },
  bin: 'C:\\Program Files\\PostgreSQL\\14\\bin',
  shareRoot: '\\\\fs01\\Qlik Größe',
  certificatePassword: { env: 'PFX' },
  vaultFolder: 'E:\\[Backup]',
};

describe('the text of a new site file', () => {
  it('says what was answered, whatever characters are in it', () => {
    const { text, missing } = siteFileText(COMPLETE);
    expect(missing).toEqual([]);
    const { site, warnings } = parseSite(text, 'site.yaml', { platform: 'win32' });
    expect(warnings).toEqual([]);
    expect(site).toMatchObject({
      name: 'prod',
      qlik: {
        release: 'May 2025',
        installFolder: COMPLETE.installFolder,
        programDataFolder: COMPLETE.programDataFolder,
      },
      nodes: COMPLETE.nodes,
      database: {
        host: 'db',
        port: 5432,
        user: 'yes',
        password: COMPLETE.databasePassword,
        bin: COMPLETE.bin,
      },
      share: { root: COMPLETE.shareRoot },
      certificates: { password: { env: 'PFX' } },
      vault: { folder: 'E:\\[Backup]' },
    });
  });

  it('leaves what is not known as commented lines and names it', () => {
    const { text, missing } = siteFileText({ nodes: [] });
    expect(missing).toEqual(['name', 'nodes', 'database', 'share', 'certificates', 'vault']);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('is told to be incomplete by exactly the keys that are missing', () => {
    const partial: Partial<SiteAnswers> = { ...COMPLETE };
    for (const key of ['shareRoot', 'vaultFolder'] as const) Reflect.deleteProperty(partial, key);
    const { text } = siteFileText({ nodes: COMPLETE.nodes, ...partial });
    expect(() => parseSite(text, 'site.yaml')).toThrow(
      /^site\.yaml:1:1 share: is required\nsite\.yaml:1:1 vault: is required$/,
    );
  });

  it('is correct once the # is removed from the lines that were to be filled in', () => {
    const { text } = siteFileText({ nodes: [] });
    const filledIn = text
      .split('\n# Not known yet: fill in and remove the # in front.\n')
      .map((part, index) =>
        index === 0 ? part : part.replace(/^(# .*(\n|$))+/, (lines) => lines.replace(/^# /gm, '')),
      )
      .join('\n');
    expect(parseSite(filledIn, 'site.yaml', { platform: 'win32' }).site).toMatchObject({
      name: 'production',
      nodes: [{ name: 'central' }],
      share: { root: '\\\\fileserver\\QlikShare' },
      vault: { folder: '\\\\backup\\qlik' },
    });
  });

  it('has only examples that are correct when their # is removed', () => {
    const uncommented = exampleSiteFile().replace(/^( *)# (?= *(- )?[a-z-]+:( |$))/gm, '$1');
    expect(uncommented).toContain('\nhooks:\n  - runbook: backup\n');
    const { site } = parseSite(uncommented, 'site.yaml', { platform: 'win32' });
    expect(site.vault).toEqual({
      kind: 'folder',
      folder: '\\\\backup\\qlik',
      minimumFree: 20_000_000_000,
      workers: 4,
      retention: { last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 3, within: 14 * 86_400_000 },
    });
    expect(site.share.archivedLogs).toBe('E:\\ArchivedLogs');
    expect(site.hooks).toHaveLength(1);
    expect(site.state).toBe('E:\\sense-runbook');
  });

  it('is what the example in templates is made of (else run: npm run schema:generate)', () => {
    const file = join(import.meta.dirname, '../../../templates/site.example.yaml');
    expect(readFileSync(file, 'utf8')).toBe(exampleSiteFile());
  });

  it('shows the client programs that were found without deciding for them', () => {
    const { text } = siteFileText(COMPLETE, { clientPrograms: [{ folder: '/pg/15/bin', version: '15.18' }] });
    expect(text).toContain('  # Found: version 15.18 in /pg/15/bin\n');
  });
});

describe('what findings say of a site', () => {
  it('is the central node with its database, where Qlik Sense is installed', () => {
    const answers = answersFrom({
      hostName: 'QLIK01.example.org',
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      databasePort: 4432,
      clientPrograms: [],
    });
    expect(answers).toEqual({
      name: 'qlik01',
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      nodes: [
        {
          name: 'central',
          host: 'QLIK01.example.org',
          role: 'central',
          failoverCandidate: false,
          transport: 'local',
        },
      ],
      databaseHost: 'localhost',
      databasePort: 4432,
      databasePassword: { secret: 'database' },
      certificatePassword: { secret: 'certificates' },
    });
  });

  it('is nearly nothing elsewhere', () => {
    expect(answersFrom({ hostName: '___', clientPrograms: [] })).toEqual({
      nodes: [],
      certificatePassword: { secret: 'certificates' },
    });
  });
});
