import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { restoreDocument, type RestoreFacts } from '../../../src/actions/restore-document.ts';
import type { Evidence } from '../../../src/postgres/evidence-format.ts';
import { plainRole } from '../../../src/postgres/recreate.ts';

const TEMPLATE = readFileSync(
  fileURLToPath(new URL('../../../templates/RESTORE.md', import.meta.url)),
  'utf8',
);

const QSR = {
  name: 'QSR',
  database: 'QSR',
  file: 'databases/QSR_backup.tar',
  format: 'tar',
  owner: 'qliksenserepository',
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
};

const FACTS: RestoreFacts = {
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

const page = (changes: Partial<RestoreFacts> = {}): string =>
  restoreDocument(TEMPLATE, { ...FACTS, ...changes });

/** Lines of the step or phase with this title. */
function part(text: string, title: string): string {
  const level = title.includes('.') ? '###' : '##';
  const start = text.indexOf(`\n${level} ${title}`);
  expect(start, title).toBeGreaterThan(-1);
  const end = text.slice(start + 4).search(/\n#{2,3} /);
  return text.slice(start, end === -1 ? undefined : start + 4 + end);
}

describe('RESTORE.md', () => {
  it('leaves nothing unfilled, and no line is longer than 80 columns but commands and titles', () => {
    const text = page({ warnings: ['word '.repeat(40)], release: 'May 2025 Patch 3 '.repeat(4).trim() });
    expect(text).not.toMatch(/\{\{|undefined|NaN/);
    const prose = text.replace(/^```[^]*?^```$/gm, '').replace(/^#.*$/gm, '');
    expect(prose.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('begins with the way with the tool: check, bare machine, both restores, back, tidy up', () => {
    const commands = [...part(page(), 'The way with the tool').matchAll(/^sense-runbook .*$/gm)].map(
      ([command]) => command,
    );
    expect(commands).toEqual([
      `sense-runbook backups verify ${FACTS.set}`,
      `sense-runbook restore ${FACTS.set} --bare`,
      `sense-runbook restore ${FACTS.set}`,
      `sense-runbook restore ${FACTS.set} --new-host NAME`,
      'sense-runbook rollback',
      'sense-runbook cleanup',
    ]);
  });

  it('has a box and room for who and when at every step', () => {
    const steps = page()
      .split(/\n(?=### )/)
      .slice(1);
    expect(steps.length).toBeGreaterThan(20);
    const without = steps.filter((step) => !/- \[ \] done .*?by _{20} at\s+_{20}/.test(step));
    expect(without.map((step) => step.split('\n')[0])).toEqual([]);
  });

  it('marks every phase in which the site must not be started, and both points of no return', () => {
    const phases = page()
      .split(/\n(?=## )/)
      .slice(1);
    const marked = phases.filter((phase) => phase.includes('> **The site must not be started in this phase'));
    expect(marked.map((phase) => /^## (Phase \d+)/.exec(phase)?.[1])).toEqual(
      [3, 4, 5, 6, 7, 9].map((number) => `Phase ${String(number)}`),
    );
    const last = phases.filter((phase) => phase.includes('> **Point of no return'));
    expect(last.map((phase) => /^## (Phase \d+)/.exec(phase)?.[1])).toEqual(['Phase 8', 'Phase 9']);
  });

  it('starts the dispatcher first on the same host, and during the bootstrap on another one', () => {
    const started = (phase: string) =>
      page()
        .split(/\n(?=## )/)
        .filter((text) => text.startsWith(`## ${phase}:`))
        .flatMap((text) => [...text.matchAll(/^sc\.exe start (\w+)$|-restorehostname$/gm)])
        .map(([line, service]) => service ?? line);
    expect(started('Phase 8').slice(0, 2)).toEqual([
      'QlikSenseServiceDispatcher',
      'QlikSenseRepositoryService',
    ]);
    expect(started('Phase 9').slice(0, 3)).toEqual([
      '-restorehostname',
      'QlikSenseServiceDispatcher',
      'QlikSenseRepositoryService',
    ]);
    expect(started('Phase 9')).toHaveLength(7);
  });

  it('tells before the bootstrap to another host name what the database still names', () => {
    const text = page();
    expect(text.indexOf('### 9.1')).toBeLessThan(text.indexOf('-restorehostname\n```'));
    const named = part(text, '9.1');
    for (const name of ['qs1.acme.example', 'qs2.acme.example', 'db.acme.example', '\\\\files\\QlikShare'])
      expect(named).toContain(`\`${name}\``);
  });

  it('gives each certificate, folder and file a line of its own, and none that must not be copied a box', () => {
    const text = page().replace(/\n {2,}/g, ' ');
    expect(text).toContain(
      '- [ ] `certificates/client.pfx`: client certificate (QlikClient); issued to CN=QlikClient, expires 2035-01-01; import into Certificates (Current User, the account of the services) > Personal > Certificates\n',
    );
    expect(text).toContain(
      '- [ ] `logs/rim1` to `C:\\ProgramData\\Qlik\\Sense\\Log` on rim1\n\n```\nrobocopy "logs\\rim1" "C:\\ProgramData\\Qlik\\Sense\\Log" /E /COPY:DAT /DCOPY:T\n```\n',
    );
    expect(text).toContain('\n- `config/central/C/ProgramData/Qlik/Sense/Host.cfg`\n');
    expect(text).toContain('\n- [ ] `config/central/C/a/services.conf`\n');
  });

  it('makes roles as they were recorded, without superusers, and names further superusers', () => {
    const roles: Evidence['roles'] = [
      { ...plainRole('postgres'), superuser: true },
      { ...plainRole('dba'), superuser: true },
      { ...plainRole('qliksenserepository'), login: true, inherit: false, memberOf: ['reader'] },
      plainRole('reader'),
    ];
    const evidence: Evidence = {
      schemaVersion: 1,
      server: { version: '14.17', versionNumber: 140017 },
      roles,
      databases: [],
    };
    const step = part(page({ evidence }), '5.2');
    expect(/```sql\n([^]*?)\n```/.exec(step)?.[1]?.split('\n')).toEqual([
      expect.stringMatching(/^CREATE ROLE "qliksenserepository" NOSUPERUSER .* NOINHERIT LOGIN .*;$/),
      expect.stringMatching(/^CREATE ROLE "reader" NOSUPERUSER .* NOLOGIN .*;$/),
      'GRANT "reader" TO "qliksenserepository";',
      `ALTER ROLE "qliksenserepository" WITH ENCRYPTED PASSWORD '<password of qliksenserepository>';`,
      'GRANT "qliksenserepository" TO "postgres";',
    ]);
    expect(step).toContain('The old server had further superusers: `dba`.');
    expect(step).not.toContain('CREATE ROLE "dba"');
  });

  it('without a record falls back on the roles and rights of the manual', () => {
    const text = page();
    expect(part(text, '5.2')).toMatch(/CREATE ROLE "qliksenserepository" NOSUPERUSER .* NOINHERIT LOGIN/);
    expect(part(text, '5.6')).toContain('GRANT CREATE ON DATABASE "QSR" TO "qliksenserepository";');
    expect(part(text, '5.6')).toContain('\\c "QSR"\nGRANT ALL ON SCHEMA public TO "qliksenserepository";');
  });

  it('restores tar dumps with one job, others with several', () => {
    const step = part(
      page({ dumps: [QSR, { ...QSR, database: 'QSMQ', format: 'custom', file: 'q' }] }),
      '5.5',
    );
    expect(step).toContain(' --exit-on-error --no-tablespaces -d QSR databases/QSR_backup.tar\n');
    expect(step).toContain(' --exit-on-error --no-tablespaces -j 4 -d QSMQ q\n');
  });

  it('goes on after the one error that dumps of PostgreSQL 10 and older give', () => {
    const step = part(page({ clientVersion: '9.6.24' }), '5.5');
    expect(step).not.toContain('--exit-on-error');
    expect(step).toContain('`schema "public" already exists`');
    expect(part(page(), '5.5')).not.toContain('schema "public"');
  });

  it('knows the release in which the change of the host name is broken', () => {
    expect(part(page({ release: 'April 2018' }), '9.3')).toContain('QLIK-87603');
    expect(part(page(), '9.3')).not.toContain('QLIK-87603');
  });

  it('says how many apps and users there were, where the repository told', () => {
    expect(part(page({ counts: { apps: 12, users: 30 } }), 'Phase 10')).toContain(
      '- [ ] As many as there were at the backup: apps 12, users 30\n',
    );
    expect(part(page(), 'Phase 10')).toContain('- [ ] As many apps and users as there were\n');
  });

  it('warns before a part is restored alone', () => {
    expect(part(page(), 'Only a part of it')).toMatch(/> \*\*Apps are files [^]*no longer match/);
  });

  it('names its places in the manual by chapter and page', () => {
    const cited = [...page().matchAll(/\((\d\.\d+)[^)]*?p\.\s(\d+)/g)].map(([, chapter, number]) => [
      chapter,
      Number(number),
    ]);
    expect(cited.length).toBeGreaterThan(30);
    // First page of each chapter that is cited and of the one behind it, from the manual's table of contents.
    const pages: Readonly<Record<string, readonly [number, number]>> = {
      ...{ 1.3: [18, 65], 2.2: [112, 130], 2.3: [130, 134], 2.5: [137, 143], 2.11: [159, 162] },
      ...{
        3.3: [164, 169],
        4.1: [177, 183],
        5.4: [189, 198],
        5.5: [198, 208],
        5.6: [208, 210],
        5.7: [210, 215],
      },
      ...{
        6.1: [215, 220],
        6.3: [224, 238],
        6.7: [242, 256],
        8.7: [305, 306],
        8.9: [306, 307],
        8.15: [309, 310],
      },
    };
    const wrong = cited.filter(([chapter, number]) => {
      const [first, next] = pages[String(chapter)] ?? [0, 0];
      return Number(number) < first || Number(number) > next;
    });
    expect(wrong).toEqual([]);
  });
});
