import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/contract/json.ts';
import { viewSet, type SetFacts } from '../../../src/report/set-view.ts';
import { setViewText } from '../../../src/report/set-view-text.ts';
import type { SetEvent } from '../../../src/vault/history.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

const NOW = new Date('2026-11-24T02:00:00.000Z');

const manifest: SetFacts['manifest'] = {
  schemaVersion: 1,
  id: 's',
  sequence: 1,
  createdAt: '2026-11-23T02:00:00.000Z',
  quiesce: 'full',
  mutuallyConsistent: true,
  site: {
    nodes: [{ name: 'central', host: 'QLIK01', role: 'central' }],
    database: { host: 'db01' },
    share: [{ folder: 'share', original: '\\\\fs01\\QlikShare' }],
  },
  databases: [{ name: 'QSR', database: 'QSR', file: 'databases/QSR_backup.tar', bytes: 12_300_000 }],
  trees: [{ folder: 'share', files: 12_345, bytes: 4_000_000_000 }],
  certificates: [
    { file: 'a.pfx', role: 'server', subject: 'CN=QLIK01', notAfter: '2026-12-01T02:00:00.000Z' },
    { file: 'b.pfx', role: 'client', subject: 'CN=QlikClient', notAfter: '2026-11-01T02:00:00.000Z' },
  ],
};

const drill: SetEvent = {
  schemaVersion: 1,
  kind: 'drill',
  verdict: 'failed',
  at: '2026-11-23T03:00:00.000Z',
  durationMs: 90_000,
  restoreMs: 60_000,
  manifestSha256: 'a',
  differences: ['QSR: table public.Apps has 41 rows, it had 42'],
  host: 'h',
  tool: 't',
};

const evidence = [
  {
    database: 'QSR',
    tables: [{ rows: 1000 }, { rows: 234 }],
    largeObjects: { count: 2, bytes: 5000 },
  },
] as unknown as NonNullable<SetFacts['evidence']>;

describe('what a set holds', () => {
  it('is told part by part, in 80 columns', () => {
    const text = setViewText(viewSet({ manifest, evidence, history: [drill] }, NOW));
    for (const words of [
      /QSR +12\.3 MB +2 +1,234 +2, 5\.0 kB/,
      /share +12,345 +4\.0 GB/,
      /CN=QLIK01 +server +2026-12-01 +only 7 days/,
      /CN=QlikClient +client +2026-11-01 +EXPIRED/,
      /2026-11-23 03:00 +drill +FAILED +1 min 30 s +1 min$/m,
      /table public\.Apps has 41 rows/,
      /host of node central \(central\): QLIK01/,
      /host of the database: db01/,
      /path of share: \\\\fs01\\QlikShare/,
      /subject of the server certificate: CN=QLIK01/,
    ])
      expect(text).toMatch(words);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names what a look found wrong until that is cleared, also after another look', () => {
    const verify = {
      ...drill,
      kind: 'verify',
      verdict: 'passed',
      at: '2026-11-23T04:00:00.000Z',
      differences: [],
    };
    const view = viewSet({ manifest, evidence, history: [drill, verify as SetEvent] }, NOW);
    expect(setViewText(view, drill.at)).toContain('table public.Apps has 41 rows');
    expect(setViewText(view)).not.toContain('41 rows');
  });

  it('tells what the repository said, with its license', () => {
    const counts = { apps: 1234, users: 1, streams: 6, reloadTasks: 0 };
    const text = (license: JsonValue) =>
      setViewText(
        viewSet(
          {
            manifest: { ...manifest, repository: { version: '31.56.2', counts, license } },
            evidence,
            history: [],
          },
          NOW,
        ),
      );
    const good = { organization: 'Acme', validTo: '2027-03-16', isExpired: false };
    expect(text(good)).toContain('version 31.56.2');
    expect(text(good)).toContain('1,234 apps, 1 user, 6 streams, 0 reload tasks');
    expect(text(good)).toContain('license: Acme, valid to 2027-03-16\n');
    expect(text({ isExpired: true })).toContain('license: EXPIRED');
    expect(text(null)).toContain('no license');
  });

  it('says when the databases were not looked at, or cannot be told of', () => {
    const facts = { manifest, evidence: undefined, history: [] };
    const text = (evidenceProblem: string) => setViewText(viewSet({ ...facts, evidenceProblem }, NOW));
    expect(text('none')).toMatch(/was not recorded/);
    expect(text('it is no JSON')).toMatch(/cannot be read: it is no JSON/);
    expect(text('none')).toMatch(/Never looked at again/);
  });

  it('is shown of a manifest that lacks all of it', () => {
    const bare = { schemaVersion: 1 as const, id: 's', sequence: 1, createdAt: manifest.createdAt };
    expect(viewSet({ manifest: bare, evidence: undefined, history: [] }, NOW)).toEqual({
      databases: [],
      folders: [],
      certificates: [],
      history: [],
      names: [],
    });
  });
});
