import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSiteClaim } from '../../../src/engine/claim.ts';
import { waitingRun } from '../../../src/main/waiting-run.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { sampleRun } from '../report/samples.ts';
import { SMALL } from '../site/small-site.ts';

const RUN = sampleRun({ id: 'the-lost-one', outcome: 'lost', next: ['recover'], holdsSite: true });

/** Looks in a folder with that site file; `claimed` puts a run on its site. */
async function look(text: string | undefined, { claimed = false, fails = false } = {}) {
  const cwd = temporaryFolder();
  const state = join(cwd, 'state');
  if (text !== undefined) writeFileSync(join(cwd, 'site.yaml'), text);
  if (claimed) createSiteClaim(join(state, 'sense-runbook', 'small')).take(RUN.id);
  const opened: string[] = [];
  const found = await waitingRun({
    siteFile: join(cwd, 'site.yaml'),
    env: { XDG_STATE_HOME: state },
    platform: 'linux',
    cwd,
    openSite() {
      opened.push('site');
      const unfinished = () => (fails ? Promise.reject(new Error('unreadable')) : Promise.resolve(RUN));
      return Promise.resolve({ engine: { unfinished } });
    },
  });
  return { found, opened };
}

describe('a run that waits, for a command that needs no site file', () => {
  it('is told', async () => {
    expect((await look(SMALL, { claimed: true })).found).toEqual({ run: RUN });
  });

  it('is told by its identifier where it cannot be read', async () => {
    const { found } = await look(SMALL, { claimed: true, fails: true });
    expect(found).toEqual({ id: RUN.id, trouble: 'unreadable' });
  });

  it.each([
    ['there is no site file', undefined],
    ['the site file is empty', ''],
    ['the site file is no YAML', 'name: [small'],
    ['the site file has a wrong name in it', SMALL.replace('share:', 'shared:')],
    ['no run holds the site', SMALL],
  ])('is none, and the site is not opened, where %s', async (_what, text) => {
    const claimed = text !== SMALL;
    expect(await look(text, { claimed })).toEqual({ found: undefined, opened: [] });
  });

  it('is none where a folder lies in the place of the site file', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'site.yaml'));
    const openSite = () => Promise.reject(new Error('not expected'));
    const place = { siteFile: undefined, env: {}, platform: 'linux' as const, cwd };
    expect(await waitingRun({ ...place, openSite })).toBeUndefined();
  });
});
