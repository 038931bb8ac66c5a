import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RestoreFacts } from '../../../src/actions/restore-facts.ts';
import { judgeSpace } from '../../../src/actions/restore-space.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeDatabase, fakeSite, serverFacts } from './fakes.ts';

/** 2,000 bytes of tar dumps, which become about 4,000 of databases, and a share of 5,000. */
const FACTS = {
  databases: [{ format: 'tar', bytes: 2000 }],
  trees: [{ folder: 'share', files: 10, bytes: 5000 }],
} as unknown as RestoreFacts;
const BOTH = { databases: true, share: true };

function spaceOf(free: number, { filled = false, dataFolder = temporaryFolder() } = {}) {
  const root = path.join(temporaryFolder(), 'share');
  if (filled) {
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(root, 'file'), '');
  }
  const c = {
    site: fakeSite({ share: { root, exclude: [] } }),
    database: fakeDatabase({ facts: serverFacts({ dataFolder }) }),
    freeBytes: () => Promise.resolve(free),
  };
  return async () =>
    (await judgeSpace(c, FACTS, BOTH))
      .filter(({ status }) => status !== 'ok')
      .map(({ id, status }) => `${id} ${status}`);
}

describe('room for a restore', () => {
  it('is enough when all of it fits on the one disk that databases and share lie on', async () => {
    expect(await spaceOf(9000)()).toEqual([]);
  });

  it('is too little when each fits alone and both do not', async () => {
    expect(await spaceOf(8000)()).toEqual(['restore-space-together failed']);
  });

  it('may be enough where files of the share are there already', async () => {
    expect(await spaceOf(8000, { filled: true })()).toEqual(['restore-space-together warning']);
  });

  it('is told of what alone does not fit, not twice', async () => {
    expect(await spaceOf(4500)()).toEqual(['restore-space-share failed']);
  });

  it('of a database server elsewhere is no matter of the disks here', async () => {
    const elsewhere = '/nowhere/on/this/machine/pgdata';
    expect(await spaceOf(8000, { dataFolder: elsewhere })()).toEqual(['restore-space-database warning']);
  });
});
