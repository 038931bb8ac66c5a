import { describe, expect, it } from 'vitest';
import { itineraryText, journeyEventText } from '../../../src/report/journey-text.ts';
import { stopsOf } from '../upgrade/journey/obedient-site.ts';
import { planOf } from '../upgrade/journey/samples.ts';

const FILE = '/plans/plan.json';

describe('the words of a journey', () => {
  it('say which set proves that a hop can be undone', () => {
    const { text, trouble } = journeyEventText(
      { type: 'hop-run', hop: 2, runbook: 'upgrade', set: 'S1' },
      FILE,
    );
    expect(text).toBe('The set S1 is proven restorable. Now the hop: runbook upgrade.\n');
    expect(trouble).toBe(false);
  });

  it('say that a run makes its set itself, where nothing can be backed up before', () => {
    const { text } = journeyEventText({ type: 'hop-run', hop: 1, runbook: 'upgrade-after-uninstall' }, FILE);
    expect(text.replace(/\s+/g, ' ').trim()).toBe(
      'Its run makes a backup set of what is left first, and begins only when a drill has proven what is in it: runbook upgrade-after-uninstall. Certificates are not: keep them, and the old data folder, until all is well.',
    );
  });

  it('end a failed hop with the command that goes on, its way back and its safety backup', () => {
    const event = { type: 'hop-failed', hop: 1, of: 3, part: 'hop', run: 'R1', exitCode: 1 } as const;
    const wayBack = planOf().hops[0]?.wayBack;
    if (wayBack === undefined) throw new Error('the first hop has no way back');
    const { text, trouble } = journeyEventText({ ...event, wayBack, set: 'S1' }, FILE);
    expect(trouble).toBe(true);
    expect(text).toMatch(/^Hop 1 of 3 failed in run R1\. To go on/);
    expect(text).toContain('  sense-runbook upgrade run /plans/plan.json\n');
    expect(text).toContain('The way back: ');
    expect(text.trimEnd()).toMatch(/The safety backup of this hop: S1, proven restorable\.$/);
  });

  it('stay within 80 columns, but for a command, which is copied', () => {
    const { hops } = planOf();
    const lines = itineraryText({ from: 'A', to: 'B' }, stopsOf({ hops }), undefined).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the itinerary', () => {
  it('has the backup and its set for every hop', () => {
    const { hops } = planOf();
    const text = itineraryText({ from: 'A', to: 'B' }, stopsOf({ hops }), undefined);
    expect(text.match(/run backup --set 'drill=always'/g)).toHaveLength(hops.length);
    expect(text.replace(/\s+/g, ' ').match(/--set backup=<its set>/g)).toHaveLength(hops.length);
  });

  it('has none for a hop whose run makes it', () => {
    const { hops } = planOf({ release: 'May 2023', uninstalled: true, nodes: 1 }, 'May 2025');
    const text = itineraryText({ from: 'A', to: 'B' }, stopsOf({ hops }), undefined);
    expect(text).toContain("run runbook-upgrade-after-uninstall --set 'to=May 2025'");
    expect(text).not.toMatch(/run backup|backup=/);
  });
});
