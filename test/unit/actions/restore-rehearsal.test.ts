import { describe, expect, it } from 'vitest';
import { judgeRehearsal, rehearsalFolders } from '../../../src/actions/restore-rehearsal.ts';
import { fakeSite } from './fakes.ts';
import { failed, fakeNode } from './harness.ts';
import { manifest, restore } from './check-restore-lab.ts';

const nodes = [{ host: 'new.example', role: 'central' }];
const database = { host: 'localhost' };
const share = (folder: string) => ({ what: 'the share', folder });
/** A disk without links and network drives. */
const asNamed = async (folder: string) => folder;

describe('a rehearsal', () => {
  it('is refused with rim nodes in the site file: their services would be stopped', async () => {
    const site = { nodes, database, folders: [share('\\\\NEW\\Share')] };
    expect((await judgeRehearsal(site, asNamed)).status).toBe('ok');
    const judged = await judgeRehearsal(
      { ...site, nodes: [...nodes, { host: 'rim.example', role: 'rim' }] },
      asNamed,
    );
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain('rim.example');
  });
});

describe('a rehearsal with something of another machine', () => {
  it.each([
    ['the database on db.example', 'db.example', 'D:\\Share'],
    ['the share \\\\files.example\\Share', '127.0.0.1', '\\\\files.example\\Share'],
    ['the share \\\\?\\UNC\\files.example\\Share', '127.0.0.1', '\\\\?\\UNC\\files.example\\Share'],
  ])('is refused: %s would be replaced', async (what, host, root) => {
    const judged = await judgeRehearsal({ nodes, database: { host }, folders: [share(root)] }, asNamed);
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain(what);
  });

  it('is refused when a drive letter or a link leads there', async () => {
    const mapped = async (folder: string) => folder.replace('Z:', '\\\\files.example\\Data');
    const judged = await judgeRehearsal({ nodes, database, folders: [share('Z:\\Share')] }, mapped);
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain('Z:\\Share (which lies in \\\\files.example\\Data\\Share)');
  });

  it('is refused when it cannot be told where a folder lies', async () => {
    const lies = async (): Promise<string> =>
      Promise.reject(Object.assign(new Error('no such drive'), { code: 'ENOENT' }));
    const judged = await judgeRehearsal({ nodes, database, folders: [share('Y:\\Share')] }, lies);
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain('no such drive');
  });

  it.each(['\\\\?\\D:\\Share', '\\\\localhost\\Share'])(
    'is not for a path of this machine: %s',
    async (root) => {
      const site = { nodes, database: { host: 'NEW' }, folders: [share(root)] };
      expect((await judgeRehearsal(site, asNamed)).status).toBe('ok');
    },
  );
});

describe('the folders that a rehearsal writes to', () => {
  const site = fakeSite({
    share: {
      ...{ root: 'D:\\Share', exclude: [], apps: '\\\\apps.example\\Apps' },
      ...{ staticContent: '\\\\static.example\\Content', archivedLogs: '\\\\logs.example\\Archived' },
    },
    extra: [
      { name: 'qvd', folder: '\\\\qvd.example\\QVD' },
      { name: 'new', folder: '\\\\later.example\\New' },
    ],
    logs: { folders: ['\\\\own-logs.example\\Log'] },
  });
  const inSet = ['share', 'share-apps', 'share-static-content', 'share-archived-logs'];
  const servers = (changes: { readonly extra?: boolean; readonly logs?: boolean }) =>
    rehearsalFolders(site, [fakeNode()], {
      ...{ extra: false, logs: false, ...changes },
      inSet: [...inSet, 'extra/qvd', 'logs/central'],
    }).map(({ folder }) => /^\\\\([^\\.]+)/.exec(folder)?.[1] ?? 'here');

  it('are every one of the share, and what else of the set is restored', () => {
    const ofShare = ['here', 'apps', 'static', 'logs'];
    expect(servers({})).toEqual(ofShare);
    expect(servers({ extra: true })).toEqual([...ofShare, 'qvd']);
    expect(servers({ logs: true })).toEqual([...ofShare, 'own-logs']);
  });
});

describe('check.restore of a rehearsal', () => {
  const refused = async (site: object, input: object = {}) => {
    const changes = {
      manifest: { trees: [...manifest.trees, { folder: 'extra/qvd', files: 1, bytes: 1 }] },
      site: {
        nodes: fakeSite().nodes.slice(0, 1),
        database: { ...fakeSite().database, host: 'localhost' },
        ...site,
      },
    };
    const { checks } = await restore(changes, { rehearsal: true, ...input });
    return failed(checks).filter(({ id }) => id === 'restore-rehearsal');
  };
  const extra = [{ name: 'qvd', folder: '\\\\files.example\\QVD' }];

  it('refuses a folder for apps, and an extra folder, of another machine', async () => {
    expect(await refused({})).toEqual([]);
    const apps = { share: { root: '/share', exclude: [], apps: '\\\\files.example\\Apps' } };
    expect((await refused(apps))[0]?.message).toContain('\\\\files.example\\Apps');
    expect((await refused({ extra }))[0]?.message).toContain('the extra folder qvd \\\\files.example\\QVD');
  });

  it('lets an extra folder lie anywhere when it is not restored', async () => {
    expect(await refused({ extra }, { extra: false })).toEqual([]);
    expect(await refused({ extra }, { only: 'share' })).toEqual([]);
  });
});
