import { describe, expect, it } from 'vitest';
import { judgeBootstrap } from '../../../src/actions/bootstrap-rules.ts';

const node = { reach: (file: string) => file };
const nameless = { installFolder: 'C:\\Qlik', programDataFolder: 'C:\\Data' };

describe('a release whose bootstrap does not change the host name', () => {
  it('is refused before anything is changed, going by the set where the site file does not tell', async () => {
    const [judged] = await judgeBootstrap({ qlik: nameless }, 'April 2018', node);
    expect(judged).toMatchObject({ id: 'restore-bootstrap', status: 'failed' });
    expect(judged?.message).toContain('QLIK-87603');
    expect(judged?.hint).toContain('hostNames=database');
  });

  it('is that of the site file where that tells', async () => {
    expect(await judgeBootstrap({ qlik: { ...nameless, release: 'May 2025' } }, 'April 2018', node)).toEqual(
      [],
    );
  });

  it('is no matter where nobody tells', async () => {
    expect(await judgeBootstrap({ qlik: nameless }, undefined, node)).toEqual([]);
  });
});
