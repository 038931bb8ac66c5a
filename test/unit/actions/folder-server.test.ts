import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serverIn, whereItLies } from '../../../src/actions/folder-server.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('the server in a path', () => {
  it.each([
    ['\\\\files.example\\Share\\Apps', 'files.example'],
    ['//files.example/Share', 'files.example'],
    ['\\\\?\\UNC\\files.example\\Share', 'files.example'],
    ['\\\\?\\D:\\Share', undefined],
    ['\\\\.\\pipe\\x', undefined],
    ['D:\\Share', undefined],
    ['/srv/share', undefined],
  ])('of %s is %s', (given, server) => {
    expect(serverIn(given)).toBe(server);
  });
});

describe('where a folder lies', () => {
  it('is told behind links, also of one that is not there yet', async () => {
    const folder = fs.realpathSync(temporaryFolder());
    fs.mkdirSync(path.join(folder, 'real'));
    fs.symlinkSync(path.join(folder, 'real'), path.join(folder, 'link'), 'junction');
    expect(await whereItLies(path.join(folder, 'link'))).toBe(path.join(folder, 'real'));
    expect(await whereItLies(path.join(folder, 'link', 'new', 'deep'))).toBe(path.join(folder, 'real'));
  });
});
