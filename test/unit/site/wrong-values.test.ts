import { describe, expect, it } from 'vitest';
import { complaint, messageFor, NODE, SMALL } from './small-site.ts';

const COMPLETE = 'must be a complete path, such as D:\\Backup, \\\\server\\share or /srv/backup';
const DURATION = 'must be a duration with a unit, such as 90s, 10m or 1h30m';
const NAME =
  'must be 1 to 31 small letters, digits and -, and begin with a letter or digit (write digits in quotes)';

describe('a wrong value is named with file, line, column and path', () => {
  it.each<[string, string | RegExp, string, string]>([
    ['a name with capitals', 'name: small', 'name: Small', `site.yaml:1:7 name: ${NAME}`],
    ['a name that leaves its folder', 'name: small', 'name: ../x', `site.yaml:1:7 name: ${NAME}`],
    ['a name of digits', 'name: small', 'name: 12', 'site.yaml:1:7 name: must be text'],
    ['an empty key', 'name: small', 'name:', 'site.yaml:1:6 name: is empty'],
    ['a missing key', 'name: small\n', '', 'site.yaml:1:1 name: is required'],
    [
      'an unknown key near a known one',
      'vault:',
      'valut:',
      'site.yaml:1:1 vault: is required\nsite.yaml:7:1 valut: is an unknown key; did you mean "vault"?',
    ],
    [
      'a key in camelCase',
      'share: {',
      'share: { staticContent: /x,',
      'site.yaml:5:10 share.staticContent: is an unknown key; did you mean "static-content"?',
    ],
    [
      'an unknown key near none',
      'vault: {',
      'vault: { colour: red,',
      'site.yaml:7:10 vault.colour: is an unknown key; a key may be "kind", "folder", "workers", "minimum-free", "retention", "restic", "copies"',
    ],
    ['no nodes', NODE, '', 'site.yaml:2:7 nodes: is empty'],
    ['an empty list of nodes', `nodes:\n${NODE}`, 'nodes: []\n', 'site.yaml:2:8 nodes: must not be empty'],
    [
      'nodes as a group',
      `nodes:\n${NODE}`,
      'nodes: { a: b }\n',
      'site.yaml:2:8 nodes: must be a list (lines that begin with -)',
    ],
    [
      'an unknown role',
      'role: central',
      'role: centrel',
      'site.yaml:3:37 nodes[0].role: must be "central" or "rim"; did you mean "central"?',
    ],
    [
      'an unknown transport',
      'transport: simulated, folder: /srv/node',
      'transport: telnet',
      'site.yaml:3:57 nodes[0].transport: must be "local" or "winrm" or "ssh" or "sc" or "simulated"',
    ],
    [
      'a host with a port',
      'host: localhost',
      'host: db:5432x',
      'site.yaml:4:19 database.host: must be a host name or an address, without a port and without anything else',
    ],
    [
      'a port out of range',
      'host: localhost',
      'host: db, port: 70000',
      'site.yaml:4:29 database.port: must be at most 65535',
    ],
    [
      'a port in words',
      'host: localhost',
      'host: db, port: "4432"',
      'site.yaml:4:29 database.port: must be a number',
    ],
    ['a relative folder', '/srv/vault', 'backup', `site.yaml:7:18 vault.folder: ${COMPLETE}`],
    ['a drive without a folder', '/srv/vault', "'E:'", `site.yaml:7:18 vault.folder: ${COMPLETE}`],
    [
      'a drive with a relative folder',
      '/srv/vault',
      "'E:Backup'",
      `site.yaml:7:18 vault.folder: ${COMPLETE}`,
    ],
    [
      'a Windows path in double quotes',
      '/srv/vault',
      '"E:\\new"',
      'site.yaml:7:18 vault.folder: has a character that no path may have; write Windows paths in single quotes or without quotes, not in double quotes',
    ],
    [
      'an unknown escape in double quotes',
      '/srv/vault',
      '"E:\\Qlik"',
      'site.yaml:7:21: a backslash in double quotes; write Windows paths in single quotes or without quotes',
    ],
    [
      'a size without a unit',
      '/srv/vault',
      '/srv/vault, minimum-free: 20',
      'site.yaml:7:44 vault.minimum-free: must be a size with a unit, such as 500 MB or 20 GB',
    ],
    [
      'too many workers',
      '/srv/vault',
      '/srv/vault, workers: 500',
      'site.yaml:7:39 vault.workers: must be at most 64',
    ],
    [
      'a release that Qlik never named so',
      'name: small\n',
      'name: small\nqlik: { release: 2025-05 }\n',
      'site.yaml:2:18 qlik.release: must be a release such as "May 2025" or "February 2024 Patch 3"',
    ],
    ['a time without a unit', /$/, 'timeouts: { ready: 10 }\n', `site.yaml:8:20 timeouts.ready: ${DURATION}`],
    [
      'a time of nothing',
      /$/,
      'timeouts: { ready: 0s }\n',
      'site.yaml:8:20 timeouts.ready: must be more than 0 and at most 24 days',
    ],
    [
      'a time that timers cannot hold',
      /$/,
      'timeouts: { dump: 25d }\n',
      'site.yaml:8:19 timeouts.dump: must be more than 0 and at most 24 days',
    ],
    [
      'a thumbprint that is none',
      'prompt: true }',
      'prompt: true }, include: [abc]',
      'site.yaml:6:55 certificates.include[0]: must be a thumbprint: 40 hexadecimal digits',
    ],
    [
      'an excluded path that leaves the share',
      '/srv/share',
      '/srv/share, exclude: [a/../../b]',
      'site.yaml:5:38 share.exclude[0]: must be a path relative to the root, with / between names and without ..',
    ],
  ])('%s', (_name, from, to, message) => {
    expect(complaint(from, to)).toBe(message);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'site.yaml:1:1: the file is empty'],
    ['only comments', '# x\n', 'site.yaml:1:1: the file is empty'],
    ['a list', '- a\n', 'site.yaml:1:1: must be a group of keys'],
    ['a key twice', `${SMALL}name: other\n`, 'site.yaml:8:1: this key is written twice'],
    [
      'two documents',
      `${SMALL}---\nname: x\n`,
      'site.yaml:8:1: there may be only one document in the file (remove the line ---)',
    ],
    ['a tab', 'nodes:\n\t- name: a\n', 'site.yaml:2:1: a tab is used to indent; use spaces'],
  ])('a file with %s', (_name, text, message) => {
    expect(messageFor(text)).toBe(message);
  });
});
