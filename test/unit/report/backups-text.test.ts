import { beforeAll, describe, expect, it } from 'vitest';
import { backupsJson, backupsText, backupText, verificationText } from '../../../src/report/backups-text.ts';
import type { SetSummary, Verification } from '../../../src/vault/vault.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

const complete: SetSummary = {
  id: '20261123T020000Z-ab12cd',
  path: '/vault/acme/20261123T020000Z-ab12cd',
  state: 'complete',
  createdAt: '2026-11-23T02:00:00.000Z',
  bytes: 1_234_567_890,
  bytesNew: 34_500_000,
  durationMs: 185_000,
  downtimeMs: 50_000,
  sequence: 7,
  run: 'r1',
};
const incomplete: SetSummary = {
  id: '20261124T020000Z-ef34ab',
  path: '/vault/acme/20261124T020000Z-ef34ab',
  state: 'incomplete',
  createdAt: '2026-11-24T02:00:00.000Z',
};

describe('backupsText', () => {
  it('prints a table of at most 80 columns', () => {
    const proven = { ...complete, provenAt: '2026-11-23T03:10:00.000Z' };
    const text = backupsText([
      proven,
      { ...complete, failedAt: '2026-11-24T03:00:00Z' },
      { ...complete, failedAt: '2026-11-24T03:00:00Z', failedFor: 'certificate-password' },
      complete,
      incomplete,
    ]);
    expect(text).toBe(`SET                      CREATED           STATE         SIZE  PROVEN
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  2026-11-23
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  FAILED
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  PASSWORD
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  -
20261124T020000Z-ef34ab  2026-11-24 02:00  incomplete       -  -

5 sets, 138.0 MB in the vault
`);
  });

  it('says above the sets which release they are of, and on which host they were made', () => {
    const may = { release: 'May 2025 Patch 3', host: 'qlik-sense-central-1.emea.corp.acme.example' };
    const text = backupsText([
      { ...complete, release: 'November 2024', host: may.host },
      { ...complete, ...may },
      { ...complete, ...may },
      incomplete,
    ]);
    expect(text).toBe(`SET                      CREATED           STATE         SIZE  PROVEN
November 2024, on qlik-sense-central-1.emea.corp.acme.example:
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  -
May 2025 Patch 3, on qlik-sense-central-1.emea.corp.acme.example:
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  -
20261123T020000Z-ab12cd  2026-11-23 02:00  complete    1.2 GB  -
Release and host not known:
20261124T020000Z-ef34ab  2026-11-24 02:00  incomplete       -  -

4 sets, 103.5 MB in the vault
`);
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says how to make the first set', () => {
    expect(backupsText([])).toBe('No backup sets yet. Make the first one with: sense-runbook backup\n');
  });
});

describe('a set without certificates', () => {
  const part: SetSummary = {
    ...complete,
    lacks: ['certificates'],
    partProvenAt: '2026-11-23T03:10:00.000Z',
  };

  it('is proven in part, and the list says what it lacks', () => {
    expect(backupsText([part])).toBe(`SET                      CREATED           STATE       SIZE  PROVEN
20261123T020000Z-ab12cd  2026-11-23 02:00  complete  1.2 GB  in part

20261123T020000Z-ab12cd has no certificates, what it has was restored by a drill
  on 2026-11-23.

1 set, 34.5 MB in the vault
`);
    expect(backupsText([{ ...part, failedAt: '2026-11-24T03:00:00Z' }])).toContain('FAILED');
  });

  it('is shown as no whole way back', () => {
    const text = backupText(part, undefined);
    expect(text).toContain('Lacks      it has no certificates, and is no whole way back\n');
    expect(text).toMatch(/^In part {4}what it has was restored by a drill on 2026-11-23/m);
    expect(text).not.toMatch(/^Proven/m);
  });
});

describe('backupsJson', () => {
  it('has the promised fields and no others', () => {
    const proven = {
      ...{ ...complete, provenAt: '2026-11-23T03:10:00.000Z' },
      ...{ release: 'May 2025', host: 'qs1' },
    };
    expect(JSON.parse(JSON.stringify(backupsJson([proven, incomplete])))).toEqual({
      schemaVersion: 1,
      sets: [
        {
          id: complete.id,
          path: complete.path,
          state: 'complete',
          createdAt: complete.createdAt,
          bytes: 1_234_567_890,
          bytesNew: 34_500_000,
          durationMs: 185_000,
          downtimeMs: 50_000,
          provenAt: '2026-11-23T03:10:00.000Z',
          release: 'May 2025',
          host: 'qs1',
        },
        { id: incomplete.id, path: incomplete.path, state: 'incomplete', createdAt: incomplete.createdAt },
      ],
    });
  });
});

describe('backupText', () => {
  it('shows a complete set with the warnings of its manifest', () => {
    const manifest = {
      schemaVersion: 1 as const,
      id: complete.id,
      sequence: 7,
      createdAt: complete.createdAt,
      tool: 'sense-runbook 0.1.0',
      warnings: ['newer client programs'],
    };
    expect(backupText(complete, manifest)).toBe(`Set        20261123T020000Z-ab12cd
State      complete
Created    2026-11-23 02:00:00 (2026-11-23T02:00:00.000Z)
Path       /vault/acme/20261123T020000Z-ab12cd
Run        r1
Number     7
Size       1.2 GB
New        34.5 MB not shared with earlier sets
Took       3 min 5 s
Site down  50 s
Made by    sense-runbook 0.1.0
warning: newer client programs

How to restore it by hand is in RESTORE.md in that folder.
`);
  });

  it('says that an incomplete set is never offered', () => {
    expect(backupText(incomplete, undefined)).toContain('incomplete: it is never offered for restore\n');
  });
});

describe('verificationText', () => {
  const verified: Verification = {
    set: 's1',
    ok: true,
    files: 1200,
    bytes: 5_000_000,
    durationMs: 2000,
    damage: [],
  };

  it('says what was read when all is well', () => {
    expect(verificationText(verified)).toBe(
      's1: every file is as it was written (1,200 files, 5.0 MB read in 2.0 s)\n',
    );
  });

  it('names what is damaged and does not let file names move the cursor', () => {
    const damage = [
      { kind: 'changed' as const, path: 'databases/QSR_backup.tar', message: 'the content differs' },
      { kind: 'missing' as const, path: 'share/a\n\u001b[2Jb', message: 'is gone' },
    ];
    expect(verificationText({ ...verified, ok: false, damage })).toBe(
      `s1: DAMAGED, 2 problems (1,200 files, 5.0 MB read in 2.0 s)
  changed databases/QSR_backup.tar: the content differs
  missing share/a\\n\\u001b[2Jb: is gone
`,
    );
  });

  it('says in which other sets the same file is', () => {
    const file = { kind: 'changed' as const, path: 'share/a', message: 'share/a differs' };
    const sets = Array.from({ length: 8 }, (_, index) => `2026112${String(index)}T020000Z-abcdef`);
    const damage = [
      { ...file, sharedWith: sets.slice(0, 1) },
      { ...file, sharedWith: sets },
    ];
    expect(
      verificationText({ ...verified, ok: false, damage })
        .split('\n')
        .slice(1),
    ).toEqual([
      '  changed share/a: share/a differs',
      '    also in set 20261120T020000Z-abcdef',
      '  changed share/a: share/a differs',
      '    also in sets 20261120T020000Z-abcdef, 20261121T020000Z-abcdef,',
      '      20261122T020000Z-abcdef, 20261123T020000Z-abcdef, 20261124T020000Z-abcdef,',
      '      20261125T020000Z-abcdef and 2 more',
      '',
    ]);
  });

  it('counts what is too much to print', () => {
    const damage = Array.from({ length: 53 }, (_, index) => ({
      kind: 'extra' as const,
      path: `x${String(index)}`,
      message: 'm',
    }));
    expect(verificationText({ ...verified, ok: false, damage })).toMatch(
      / {2}and 3 more; --json lists them all\n$/,
    );
  });
});
