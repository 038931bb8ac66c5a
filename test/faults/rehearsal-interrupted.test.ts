import { expect, it } from 'vitest';
import { useRealSite } from '../helpers/real-site.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** One of them, while the copy is built, is in test/procedures/rehearsal.test.ts. */
const site = useRealSite();

it
  .skipIf(!NO_SAMPLE || process.platform === 'win32')
  .each([
    'begin    Stop the services of the central node',
    'begin    Dump the repository database',
    'begin    Start the services of the central node',
  ])('a rehearsal removes everything after Ctrl+C at: %s', async (moment) => {
  const before = site.everything();
  const { code, out, err } = await site.run(['backup', '--simulate'], moment);
  expect(code, out + err).toBe(130);
  expect(out.trimEnd()).toMatch(/This was a REHEARSAL .*nothing of the real site was touched\.$/);
  expect(site.temporary()).toEqual([]);
  expect(site.everything()).toEqual(before);
});
