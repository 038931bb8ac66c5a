import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/postgres/evidence-format.ts';
import { plainRole } from '../../../src/postgres/recreate.ts';
import { taskName } from '../../../src/schedule/scheduler.ts';
import { FACTS, page, part, QSR } from './restore-document-lab.ts';

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

  it.each([
    ['April 2018', 'QLIK-87603'],
    ['3.2.4', 'no option -restorehostname'],
    ['June 2017', 'EnableRestoreHostname'],
  ])('knows what is else about the change of the host name in %s', (release, words) => {
    expect(part(page({ release }), '9.3').replace(/\s+/g, ' ')).toContain(words);
    expect(part(page(), '9.3').replace(/\s+/g, ' ')).not.toContain(words);
    expect(part(page({ release: 'February 2018' }), '9.3').replace(/\s+/g, ' ')).not.toContain(words);
  });

  it('names the tasks that are kept from running meanwhile, as the tool makes them', () => {
    const tasks = (['backup', 'recover'] as const).map((kind) => taskName(FACTS.site, kind));
    for (const task of tasks) expect(part(page(), '1.4')).toContain(`\`${task}\``);
    expect(part(page(), 'Phase 10')).toContain('tasks of step 1.4 are enabled again');
  });

  it('says how each node is seen to reach the new database, with psql and without', () => {
    const step = part(page(), '9.2');
    expect(step).toContain(
      '\npsql -w -h <host of the new database> -p 4432 -U qliksenserepository -d QSR -c "select 1"\n',
    );
    expect(step).toContain('\nTest-NetConnection <host of the new database> -Port 4432\n');
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
