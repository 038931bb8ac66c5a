import { describe, expect, it } from 'vitest';
import { useRealSite } from '../helpers/real-site.ts';

const FIRST = 'REHEARSAL on a simulated copy of acme: nothing of the real site is touched.';
const LAST = 'This was a REHEARSAL on a simulated copy: nothing of the real site was touched.';

const site = useRealSite();

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

describe('a rehearsal', () => {
  it('backs up a copy of the whole site and leaves the real one untouched', async () => {
    const before = site.everything();
    const { code, out, err } = await site.run(['run', 'backup', '--simulate']);
    expect(code, out + err).toBe(0);
    expect(linesOf(out)[0]).toBe(FIRST);
    expect(linesOf(out).at(-1)).toBe(LAST);
    for (const words of [
      'Stop the services of the rim nodes (qs2)',
      'Stop the services of the rim nodes (qs3)',
      'Start the services of the central node (qs1)',
      'NOT EXECUTED in a rehearsal (qs1): touch',
      '(complete, ',
    ])
      expect(out).toContain(words);
    expect(out).toMatch(/^Site down: \d/m);
    expect(site.everything()).toEqual(before);
    expect(site.connections()).toBe(0);
    expect(site.temporary()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'removes everything after Ctrl+C while the copy is built',
    async () => {
      const before = site.everything();
      const { code, out, err } = await site.run(['backup', '--simulate'], 'Building the copy');
      expect(code, out + err).toBe(130);
      expect(linesOf(out).at(-1)).toBe(LAST);
      expect(site.temporary()).toEqual([]);
      expect(site.everything()).toEqual(before);
    },
  );
});
