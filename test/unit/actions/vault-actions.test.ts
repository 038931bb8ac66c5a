import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ExpectedError, VerificationError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { pathAsName } from '../../../src/actions/set-paths.ts';
import { createVaultBegin } from '../../../src/actions/vault-begin.ts';
import { createVaultCommit } from '../../../src/actions/vault-commit.ts';
import { createVaultCopyExtra } from '../../../src/actions/vault-copy-extra.ts';
import { createVaultCopyFiles } from '../../../src/actions/vault-copy-files.ts';
import { createVaultCopyLogs } from '../../../src/actions/vault-copy-logs.ts';
import { createVaultCopyShare } from '../../../src/actions/vault-copy-share.ts';
import { createVaultCopyTree } from '../../../src/actions/vault-copy-tree.ts';
import { createVaultRelease } from '../../../src/actions/vault-release.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { PLANNED, certificatesOf, fakeSite, parts } from './fakes.ts';
import { contextFor, fakeNode, filesIn, runAction, type FakeNode } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const TEMPLATES = fileURLToPath(new URL('../../../templates', import.meta.url));

/** Files of Linux that nobody can read as files. */
const UNREADABLE: readonly [what: string, path: string, reason: RegExp][] =
  process.platform === 'linux'
    ? [
        ['is a device', '/dev/null', /no ordinary file/],
        ['cannot be read', '/proc/self/mem', /EIO/],
      ]
    : [];

describe('vault.begin', () => {
  it('locks, removes what earlier runs left, then makes the set', async () => {
    const c = { ...parts(), clock: createManualClock() };
    const { outputs, left, plan } = await runAction(createVaultBegin(c), {});
    expect(c.vault.calls).toEqual(['lock RUN', 'sweep RUN', 'begin RUN']);
    expect(plan.outputs).toEqual({ set: '<set>', path: path.join(c.root, '<set>') });
    expect(outputs).toEqual({ set: 'SET', path: path.join(c.root, 'SET') });
    expect(left).toEqual([]);
  });

  it('passes on what the vault warns of', async () => {
    const c = { ...parts(), clock: createManualClock() };
    const open = await c.vault.open('SET');
    c.vault.begin = () => Promise.resolve({ ...open, warnings: ['no hard links'] });
    expect((await runAction(createVaultBegin(c), {})).warnings).toEqual(['no hard links']);
  });

  it('may run again after an interruption, when <set> already means the earlier set', async () => {
    const c = { ...parts(), clock: createManualClock() };
    await runAction(createVaultBegin(c), {}, { bindings: { '<set>': 'EARLIER' } });
    expect(c.vault.calls).toContain('begin RUN');
  });

  it('is done once the run has a set that is open', async () => {
    const c = { ...parts(), clock: createManualClock() };
    const action = createVaultBegin(c);
    const context = contextFor(fakeNode());
    c.vault.sets = [{ id: 'OTHER', path: '', state: 'incomplete', createdAt: '', run: 'RUN2' }];
    await expect(action.check({}, null, context)).resolves.toBe('not-done');
    c.vault.sets.push({ id: 'OPEN', path: '', state: 'incomplete', createdAt: '', run: 'RUN' });
    await expect(action.check({}, null, context)).resolves.toBe('done');
  });
});

describe('vault.release', () => {
  it('gives back the lock of this run', async () => {
    const c = parts();
    const { left } = await runAction(createVaultRelease(c), {});
    expect(c.vault.calls).toEqual(['unlock RUN']);
    expect(left).toEqual([]);
  });
});

describe('copying folders', () => {
  it('plans with the sizes of the last set, and without when there is none or it cannot be read', async () => {
    const c = parts({ share: { root: '/share', apps: '/apps', exclude: [] } });
    const plan = async (): Promise<unknown> => {
      const { estimate, notes } = (await runAction(createVaultCopyShare(c), { set: 'SET' })).plan;
      return { estimate, notes };
    };
    expect(await plan()).toEqual({});
    c.vault.sets = [{ id: 'OLD', path: '', state: 'complete', createdAt: '' }];
    c.vault.read = () => Promise.reject(new VerificationError('damaged'));
    expect(await plan()).toEqual({});
    const trees = [
      { folder: 'share', files: 1000, bytes: 2e9 },
      { folder: 'share-apps', files: 1, bytes: 1e9 },
      { folder: 'logs/central', files: 7, bytes: 7 },
    ];
    c.vault.read = () => Promise.resolve({ schemaVersion: 1, id: 'OLD', sequence: 1, createdAt: '', trees });
    expect(await plan()).toEqual({
      estimate: { files: 1001, bytes: 3e9 },
      notes: ['In the last set: 1,001 files, 3.0 GB. Those that did not change are linked, not copied.'],
    });
  });

  it('copies every part of the share, and settles trouble by the pass', async () => {
    const c = parts({ share: { root: '/share', apps: '/apps', archivedLogs: '/logs', exclude: ['tmp'] } });
    const { left, outputs } = await runAction(
      createVaultCopyShare(c),
      { set: 'SET', pass: 1 },
      {
        planned: { set: '<set>', pass: 1 },
        bindings: PLANNED.bindings,
      },
    );
    expect(c.vault.copies).toEqual([
      { from: '/share', to: 'share', exclude: ['tmp'], onTrouble: 'later' },
      { from: '/apps', to: 'share-apps', exclude: [], onTrouble: 'later' },
      { from: '/logs', to: 'share-archived-logs', exclude: [], onTrouble: 'later' },
    ]);
    expect(left).toEqual([]);
    expect(outputs).toMatchObject({ files: 6, bytes: 30, filesCopied: 3 });
    await runAction(createVaultCopyShare(c), { set: 'SET', pass: 2 });
    expect(c.vault.copies.at(-1)?.onTrouble).toBe('fail');
  });

  it('keeps logs of each node apart, and hands on warnings', async () => {
    const c = parts({ logs: { folders: ['C:\\Qlik\\Log', 'D:\\Logs'] } });
    const node = fakeNode({ name: 'rim', role: 'rim' });
    node.reach = (file) => `//rim/${file}`;
    const { warnings } = await runAction(
      createVaultCopyLogs(c),
      { set: 'SET', 'on-trouble': 'warn' },
      { node },
    );
    expect(c.vault.copies).toMatchObject([
      { from: '//rim/C:\\Qlik\\Log', to: 'logs/rim/1-Log' },
      { from: '//rim/D:\\Logs', to: 'logs/rim/2-Logs' },
    ]);
    expect(warnings).toHaveLength(2);
  });

  it('copies supporting content of nodes and of this machine', async () => {
    const c = parts({
      extra: [
        { name: 'qvd', folder: '/qvd' },
        { name: 'connectors', folder: '/c', node: 'rim' },
      ],
    });
    const rim = fakeNode({ name: 'rim', role: 'rim' });
    rim.reach = (file) => `//rim${file}`;
    await runAction(createVaultCopyExtra(c), { set: 'SET' }, { nodes: [fakeNode(), rim] });
    expect(c.vault.copies).toMatchObject([
      { from: '/qvd', to: 'extra/qvd' },
      { from: '//rim/c', to: 'extra/connectors' },
    ]);
  });

  it('copies any folder for a runbook of one’s own', async () => {
    const c = parts();
    await runAction(createVaultCopyTree(c), {
      set: 'SET',
      from: '/x',
      to: 'extra/x',
      exclude: ['a'],
      'on-trouble': 'warn',
    });
    expect(c.vault.copies).toEqual([{ from: '/x', to: 'extra/x', exclude: ['a'], onTrouble: 'warn' }]);
  });
});

describe('vault.copy-files', () => {
  it('copies what is there under its own path, names what is missing, and warns only where the site file names it', async () => {
    const source = temporaryFolder();
    await fs.mkdir(path.join(source, '14'));
    await fs.writeFile(path.join(source, '14', 'postgresql.conf'), 'port = 4432');
    await fs.mkdir(path.join(source, 'Exported'));
    const files = ['*/postgresql.conf', 'Exported', 'Host.cfg', 'Own.cfg'].map((name) =>
      path.join(source, name),
    );
    const c = parts({ config: { files, expected: files.slice(3) } });
    const { outputs, warnings, plan, left } = await runAction(
      createVaultCopyFiles(c),
      { set: 'SET' },
      PLANNED,
    );
    const base = pathAsName(source);
    expect(await filesIn(path.join(c.root, 'SET'))).toEqual([`config/central/${base}/14/postgresql.conf`]);
    expect(c.vault.copies).toMatchObject([{ to: `config/central/${base}/Exported`, onTrouble: 'warn' }]);
    expect(outputs).toEqual({ copied: 2, missing: files.slice(2) });
    expect(warnings.filter((warning) => warning.includes('.cfg'))).toEqual([
      expect.stringContaining('Own.cfg'),
    ]);
    expect(plan.operations.map(({ repeat }) => repeat === true)).toEqual([false, false, true, true]);
    expect(left).toEqual([]);
  });

  // As root nothing is refused to: what root cannot read either.
  it.each<[what: string, to: string, reason: RegExp]>([
    ['leads nowhere', 'nowhere', /ENOENT/],
    ['leads to itself', 'b.config', /ELOOP/],
    ...UNREADABLE,
  ])('names a file that %s and goes on: no night is lost for a setting', async (_what, to, reason) => {
    const source = temporaryFolder();
    const files = ['a', 'b', 'c'].map((name) => path.join(source, `${name}.config`));
    for (const file of [files[0], files[2]]) await fs.writeFile(file ?? '', 'content');
    await fs.symlink(to, files[1] ?? '');
    const c = parts({ config: { files, expected: [] } });
    const { outputs, warnings } = await runAction(createVaultCopyFiles(c), { set: 'SET' }, PLANNED);
    expect(await filesIn(path.join(c.root, 'SET'))).toEqual(
      ['a', 'c'].map((name) => `config/central/${pathAsName(source)}/${name}.config`),
    );
    expect(outputs).toEqual({ copied: 2, missing: [] });
    expect(warnings).toEqual([expect.stringMatching(/b\.config on central .*not in the backup set/)]);
    expect(warnings[0]).toMatch(reason);
  });

  it('names files of a folder that cannot be listed, and goes on', async () => {
    const source = temporaryFolder();
    await fs.symlink('circle', path.join(source, 'circle'));
    const c = parts({ config: { files: [path.join(source, 'circle', '*', 'x.conf')], expected: [] } });
    const { warnings } = await runAction(createVaultCopyFiles(c), { set: 'SET' }, PLANNED);
    expect(warnings).toEqual([
      expect.stringMatching(/x\.conf on central .*not in the backup set: .*\(ELOOP\)$/),
    ]);
  });

  it('fails when the vault cannot be written, and names the full disk', async () => {
    const file = path.join(temporaryFolder(), 'a.config');
    await fs.writeFile(file, 'content');
    const c = parts({ config: { files: [file], expected: [] } });
    await fs.mkdir(path.join(c.root, `SET/config/central/${pathAsName(file)}`), { recursive: true });
    const run = (freeBytes: number) =>
      runAction(createVaultCopyFiles({ ...c, freeBytes: async () => freeBytes }), { set: 'SET' }, PLANNED);
    await expect(run(1e12)).rejects.toThrow(/^Writing to the vault failed at .*a\.config: EISDIR/);
    await expect(run(0)).rejects.toThrow(/^the disk of .* is full/);
  });

  it('makes one path of Windows paths and shares', () => {
    expect(pathAsName('C:\\ProgramData\\Qlik\\Host.cfg')).toBe('C/ProgramData/Qlik/Host.cfg');
    expect(pathAsName('\\\\srv\\c$\\..\\a')).toBe('srv/c$/a');
  });
});

describe('vault.commit', () => {
  const dump = (changes: object = {}) => ({
    name: 'QSR',
    database: 'QSR',
    file: 'databases/QSR_backup.tar',
    format: 'tar',
    bytes: 5,
    owner: 'qliksenserepository',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    server: '14.17',
    client: '14.17',
    ...changes,
  });
  const planned = {
    planned: {
      set: '<set>',
      quiesce: 'full',
      dumps: { qsr: '<steps.dump-qsr.dumps>' },
      downtimeMs: '<run.downtimeMs>',
      warnings: '<run.warnings>',
    },
    bindings: PLANNED.bindings,
  };

  async function commit(
    input: object,
    changes: Parameters<typeof fakeSite>[0] = {},
    node: FakeNode = fakeNode(),
  ) {
    const c = {
      ...parts(changes),
      clock: createManualClock(),
      templates: TEMPLATES,
      tool: 'sense-runbook 1',
    };
    await fs.mkdir(path.join(c.root, 'SET/certificates'), { recursive: true });
    const [ca] = certificatesOf('qs1.example');
    const entry = { ...ca, role: 'ca', file: 'certificates/ca.pfx' };
    await fs.writeFile(path.join(c.root, 'SET/certificates/index.json'), JSON.stringify([entry]));
    await fs.mkdir(path.join(c.root, 'SET/share'));
    const ran = await runAction(
      createVaultCommit(c),
      {
        set: 'SET',
        quiesce: 'full',
        dumps: { qsr: [dump()] },
        warnings: ['slow disk'],
        downtimeMs: 5000,
        ...input,
      },
      { ...planned, node },
    );
    const restore = await fs.readFile(path.join(c.root, 'SET/RESTORE.md'), 'utf8');
    return { ...ran, restore, facts: c.vault.committed[0] };
  }

  it('writes the restore procedure first, then commits with the facts of the run', async () => {
    const { performed, left, facts, outputs } = await commit({});
    expect(performed.map((operation) => operation.kind === 'file' && path.basename(operation.path))).toEqual([
      'RESTORE.md',
      'manifest.json',
    ]);
    expect(left).toEqual([]);
    expect(facts).toMatchObject({
      run: 'RUN',
      tool: 'sense-runbook 1',
      downtimeMs: 5000,
      warnings: ['slow disk'],
      mutuallyConsistent: true,
      site: { name: 'demo', release: 'May 2025' },
      postgres: { server: '14.17', clients: '14.17' },
    });
    expect(outputs).toMatchObject({ sequence: 7, bytes: 30 });
  });

  /** A node that answers so when it is asked what is installed. */
  const asked = (discover: () => Promise<JsonValue>): FakeNode => Object.assign(fakeNode(), { discover });
  const outdated = { qlik: { ...fakeSite().qlik, release: 'February 2024' } };

  it('says in the manifest what the set was made without, and never that of what is in it', async () => {
    const { facts } = await commit({ lacks: { certificates: false, share: true } });
    expect(facts).toMatchObject({ lacks: ['share'] });
    expect((await commit({})).facts).not.toHaveProperty('lacks');
    await expect(commit({ lacks: { certificates: true } })).rejects.toThrow('and it has some');
  });

  it('names the release that is installed, not the one that the site file still has after an upgrade', async () => {
    const node = asked(() => Promise.resolve(windowsAnswer({ release: 'May 2025 Patch 3' })));
    const { restore, facts, warnings, left } = await commit({}, outdated, node);
    expect(facts).toMatchObject({ site: { name: 'demo', release: 'May 2025 Patch 3' } });
    expect(restore).toContain('May 2025 Patch 3');
    expect(restore).not.toContain('February 2024');
    expect([warnings, left]).toEqual([[], []]);
  });

  it.each<[what: string, discover: () => Promise<JsonValue>, warnings: unknown[]]>([
    ['cannot tell', () => Promise.resolve(windowsAnswer({})), []],
    [
      'does not answer',
      () => Promise.reject(new ExpectedError('access is denied')),
      ['qs1.example does not say which release is installed: access is denied'],
    ],
  ])('names the release of the site file where Windows %s', async (_what, discover, said) => {
    const { restore, facts, warnings } = await commit({}, outdated, asked(discover));
    expect(facts).toMatchObject({ site: { release: 'February 2024' } });
    expect(restore).toContain('February 2024');
    expect(warnings).toEqual(said);
  });

  it('of a site that was running is said before it, in the set, and after it', async () => {
    const { warnings, facts } = await commit({ quiesce: 'none' });
    const words = expect.stringContaining('Made while the site was running') as string;
    expect(warnings).toEqual([words]);
    expect(facts).toMatchObject({ mutuallyConsistent: false, warnings: ['slow disk', words] });
    expect((await commit({})).warnings).toEqual([]);
    const action = createVaultCommit({ ...parts(), clock: createManualClock(), templates: '', tool: 'x' });
    const approval = async (quiesce: string) =>
      (await action.describe(action.input.parse({ set: 'SET', quiesce, dumps: {} }), contextFor(fakeNode())))
        .approval;
    expect([await approval('none'), await approval('full')]).toEqual([[words], undefined]);
  });

  it('fills the procedure with commands of this set that can be typed as they stand', async () => {
    const { restore } = await commit({ dumps: { qsr: [dump({ owner: 'postgres', database: 'my QSR' })] } });
    expect(restore).toContain(
      'createdb -h db.example -p 4432 -U postgres -O postgres -T template0 -E UTF8 "my QSR"',
    );
    expect(restore).toContain(' -d "my QSR" databases/QSR_backup.tar\n');
    expect(restore).toContain('GRANT ALL ON SCHEMA public TO "qliksenserepository";');
    expect(restore).toContain('- [ ] `certificates/ca.pfx`: certificate authority;');
    expect(restore).toContain('- [ ] `share` to `/share`\n\n```\ncp -a "share/." "/share"\n```');
    expect(restore).toContain('- slow disk');
    expect(restore).not.toContain('logs/central');
    expect(restore).not.toMatch(/\{\{|undefined/);
  });

  it('does not make a role of the superuser', async () => {
    const { restore } = await commit({ dumps: { qsr: [dump({ owner: 'postgres' })] } });
    expect(restore).not.toContain('CREATE ROLE "postgres"');
    expect(restore).toContain('CREATE ROLE "qliksenserepository"');
  });

  it('says where it matters that newer programs dumped, or that the site was up', async () => {
    const { restore, facts } = await commit({ quiesce: 'none', dumps: { qsr: [dump({ client: '16.1' })] } });
    expect(restore).toMatch(/programs\s+of\s+PostgreSQL\s+16\.1\s+from\s+a\s+server\s+of\s+version\s+14\.17/);
    expect(facts?.warnings).toHaveLength(3);
    expect(facts?.['mutuallyConsistent']).toBe(false);
  });

  it('judges by the state of the set', async () => {
    const c = { ...parts(), clock: createManualClock(), templates: TEMPLATES, tool: 'x' };
    const action = createVaultCommit(c);
    const input = action.input.parse({ set: 'SET', quiesce: 'full', dumps: {} });
    await expect(action.check(input, null, contextFor(fakeNode()))).resolves.toBe('not-done');
    c.vault.sets = [{ id: 'SET', path: '', state: 'complete', createdAt: '' }];
    await expect(action.check(input, null, contextFor(fakeNode()))).resolves.toBe('done');
  });
});
