import { describe, expect, it } from 'vitest';
import { complaint, messageFor, NODE, SMALL } from './small-site.ts';

describe('what does not fit together', () => {
  const second = (rest: string): string => `${NODE}  - { name: two, host: qlik2, ${rest} }\n`;

  it.each<[string, string | RegExp, string, string]>([
    [
      'no central node',
      'role: central',
      'role: rim',
      'site.yaml:2:1 nodes: has no node with role: central; a site has exactly one',
    ],
    [
      'two central nodes',
      NODE,
      second('role: central, transport: winrm'),
      'site.yaml:4:37 nodes[1].role: is a second central node; a site has exactly one',
    ],
    [
      'a node name twice',
      NODE,
      `${NODE}  - { name: only, host: b, role: rim, transport: ssh }\n`,
      'site.yaml:4:13 nodes[1].name: is used by another node too: "only"',
    ],
    [
      'a node name that runbooks use',
      'name: only',
      'name: rims',
      'site.yaml:3:13 nodes[0].name: "rims" has a meaning of its own in runbooks; choose another name',
    ],
    [
      'a rim named central',
      NODE,
      `${NODE}  - { name: central, host: b, role: rim, transport: ssh }\n`,
      'site.yaml:4:13 nodes[1].name: "central" has a meaning of its own in runbooks; choose another name',
    ],
    [
      'two nodes that are this machine',
      NODE,
      `${NODE.replace('simulated, folder: /srv/node', 'local')}  - { name: two, host: b, role: rim, transport: local }\n`,
      'site.yaml:4:49 nodes[1].transport: only one node can be this machine; use winrm for the others',
    ],
    [
      'a simulated node without a folder',
      ', folder: /srv/node',
      '',
      'site.yaml:3:5 nodes[0].folder: is required with transport: simulated',
    ],
    [
      'a real node with a folder',
      'simulated',
      'ssh',
      'site.yaml:3:62 nodes[0].folder: is only for transport: simulated',
    ],
    [
      'a central node as failover candidate',
      'role: central',
      'role: central, failover-candidate: true',
      'site.yaml:3:66 nodes[0].failover-candidate: is for rim nodes; the central node is what they stand in for',
    ],
    [
      'an unknown node of the database',
      'host: localhost',
      'host: localhost, node: onyl',
      'site.yaml:4:36 database.node: "onyl" is an unknown node; did you mean "only"?',
    ],
    [
      'an unknown node of an extra folder',
      /$/,
      'extra: [{ name: qvd, folder: /qvd, node: elsewhere }]\n',
      'site.yaml:8:42 extra[0].node: "elsewhere" is an unknown node; a node may be "only"',
    ],
    [
      'an extra name twice',
      /$/,
      'extra: [{ name: qvd, folder: /a }, { name: qvd, folder: /b }]\n',
      'site.yaml:8:44 extra[1].name: is used by another entry too',
    ],
    [
      'a database twice in another case',
      'host: localhost',
      'host: localhost, names: [QSR, qsr]',
      'site.yaml:4:43 database.names[1]: is listed twice',
    ],
    [
      'a vault in the share',
      '/srv/vault',
      '/srv/share/backup',
      'site.yaml:7:18 vault.folder: lies in share.root; backup sets would be copied into backup sets',
    ],
    [
      'a vault that is the share',
      '/srv/vault',
      '/srv/share/',
      'site.yaml:7:18 vault.folder: lies in share.root; backup sets would be copied into backup sets',
    ],
    [
      'a vault that gets into the share by way of its parent',
      '/srv/vault',
      '/srv/other/../share/x',
      'site.yaml:7:18 vault.folder: lies in share.root; backup sets would be copied into backup sets',
    ],
    [
      'a share in the vault',
      '/srv/share',
      '/srv/vault/share',
      'site.yaml:5:16 share.root: lies in vault.folder, where the backup sets are',
    ],
    [
      'a vault in an extra folder',
      /$/,
      'extra: [{ name: all, folder: /srv }]\n',
      'site.yaml:7:18 vault.folder: lies in extra[0].folder; backup sets would be copied into backup sets',
    ],
    [
      'a hook with nothing to do',
      /$/,
      'hooks: [{ runbook: backup }]\n',
      'site.yaml:8:9 hooks[0]: must have exactly one of before, after and on-failure',
    ],
  ])('%s', (_name, from, to, message) => {
    expect(complaint(from, to)).toBe(message);
  });

  it('sees a Windows vault in a Windows share whatever the case and the slashes', () => {
    const text = SMALL.replace('/srv/share', "'\\\\FS01\\Qlik'").replace('/srv/vault', '//fs01/qlik/Backup');
    expect(messageFor(text)).toContain('vault.folder: lies in share.root');
  });

  it('allows a vault beside the share whose name begins alike', () => {
    expect(messageFor(SMALL.replace('/srv/vault', '/srv/share-backup'))).toBe('no error');
  });

  it('is named together with wrong values, in the order of the file', () => {
    const text = SMALL.replace('role: central', 'role: rim').replace('vault: {', 'vault: { wrokers: 3,');
    expect(messageFor(text)).toBe(
      'site.yaml:2:1 nodes: has no node with role: central; a site has exactly one\n' +
        'site.yaml:7:10 vault.wrokers: is an unknown key; did you mean "workers"?',
    );
  });
});
