import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRunbookFile } from '../../../src/runbook/load.ts';
import { loadedSteps } from '../../../src/runbook/loaded.ts';
import { resolveParams } from '../../../src/runbook/params.ts';
import { parseSite } from '../../../src/site/load.ts';
import { HOP_RUNBOOKS } from '../../../src/upgrade/journey/hop-runbooks.ts';
import { SMALL } from '../site/small-site.ts';
import { everyAction } from './every-action.ts';

const RUNBOOKS = path.resolve(import.meta.dirname, '../../../runbooks');

const SHIPPED = readdirSync(RUNBOOKS)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.basename(file, '.yaml'));

const load = (name: string) => loadRunbookFile(path.join(RUNBOOKS, `${name}.yaml`));

const actions = everyAction();

describe('the shipped runbooks', () => {
  it.each(SHIPPED)('%s uses actions that exist, and explains every step', async (name) => {
    const { sections, always } = await load(name);
    const steps = [...sections.flatMap(({ items }) => loadedSteps(items)), ...loadedSteps(always)];
    expect(steps.filter(({ uses }) => !actions.has(uses))).toEqual([]);
    expect(steps.filter(({ explain }) => explain === undefined)).toEqual([]);
  });

  // On a site of one node a step of the rim nodes is no warning: each has to say it itself.
  it('uninstall says on every kind of node that there is no way back', async () => {
    const { sections } = await load('uninstall');
    const steps = sections.flatMap(({ items }) => loadedSteps(items));
    const runs = steps.filter(({ uses }) => uses === 'installer.run');
    expect(runs.map(({ on, pointOfNoReturn }) => [on, pointOfNoReturn])).toEqual([
      [['rims'], true],
      [['central'], true],
    ]);
  });

  it('restore-new-host frees rim nodes of their old certificates while nothing of the site may run', async () => {
    const { sections } = await load('restore-new-host');
    const steps = sections.flatMap(({ items }) => loadedSteps(items));
    const at = (id: string): number => steps.findIndex((step) => step.id === id);
    const order = ['all-stopped', 'remove-rims', 'may-start', 'start-rims', 'reset-rims'].map(at);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const [step] = steps.filter(({ id }) => id === 'remove-rims');
    expect(step).toMatchObject({ uses: 'certificates.remove', on: ['rims'] });
    expect(step?.when).toEqual(steps[at('reset-rims')]?.when);
    expect(actions.get('certificates.remove')?.input.parse(step?.with)).toMatchObject({
      which: 'all',
      'old-central': '${ steps.check-restore.outputs.certificateHost }',
      unseen: 'warn',
    });
  });

  it('the Qlik PostgreSQL Installer is told the port of the site, which need not be its own', async () => {
    const { sections } = await load('upgrade-postgres-qpi');
    const steps = sections.flatMap(({ items }) => loadedSteps(items));
    expect(steps.find(({ uses }) => uses === 'installer.write-config')?.with).toMatchObject({
      settings: { DbPort: '${ site.database.port }' },
    });
  });

  it.each([
    ['localhost', true],
    ['pg.example.org', false],
  ])('prepare-bare-machine has setup install a database where it is on a node: %s %s', async (host, is) => {
    const runbook = await load('prepare-bare-machine');
    const { values } = parseSite(SMALL.replace('localhost', host), 'site.yaml');
    expect(resolveParams(runbook, {}, values).shown).toMatchObject({ installDatabase: is });
  });

  it.each(SHIPPED)(
    '%s asks for nothing that the smallest site with a database elsewhere does not have',
    (name) => {
      const { values } = parseSite(SMALL.replace('localhost', 'pg.example.org'), 'site.yaml');
      const text = readFileSync(path.join(RUNBOOKS, `${name}.yaml`), 'utf8');
      const asked = text.match(/\bsite(?:\.[a-z]\w*){2,}/gi) ?? [];
      for (const property of asked) expect({ site: values }).toHaveProperty(property);
    },
  );

  it.each([
    'backup',
    'upgrade',
    'patch',
    'uninstall-patch',
    'repair',
    'upgrade-postgres-qpi',
    'upgrade-postgres-standalone',
    'configure-postgres',
    'recreate-certificates',
    'renew-certificates',
  ])(
    '%s waits for running reloads before its first stop, and names missed ones after its starts',
    async (name) => {
      const { sections } = await load(name);
      const steps = sections.flatMap(({ items }) => loadedSteps(items));
      const at = (wanted: string, last = false): number => {
        const found = steps.map(({ uses }) => uses);
        return last ? found.lastIndexOf(wanted) : found.indexOf(wanted);
      };
      expect(at('services.stop')).toBeGreaterThan(0);
      expect(at('reloads.drain')).toBe(at('services.stop') - 1);
      expect(at('reloads.missed')).toBeGreaterThan(
        Math.max(at('services.start', true), at('services.start-stopped', true)),
      );
      // Passed over together, or not at all.
      const when = (wanted: string) => steps[at(wanted)]?.when;
      expect(when('reloads.drain')).toEqual(when('services.stop'));
      expect(when('reloads.missed')).toEqual(when('services.stop'));
    },
  );

  it.each(Object.entries(HOP_RUNBOOKS))(
    'wants the approval that upgrade run foretells of a hop: %s',
    async (_kind, { runbook, approval }) => {
      const { sections, always } = await load(runbook);
      const steps = [...sections.flatMap(({ items }) => loadedSteps(items)), ...loadedSteps(always)];
      const effects = new Set(
        steps.map(({ uses, with: input }) => {
          const { effect } = actions.get(uses) ?? {};
          return typeof effect === 'function' ? effect(input) : effect;
        }),
      );
      expect(effects.has('destroy') ? 'destroy' : 'change').toBe(approval);
    },
  );

  it('doctor looks at what a backup looks at, asks Windows, how PostgreSQL is kept and for the license besides, and does nothing else', async () => {
    const checks = async (name: string) =>
      loadedSteps(
        (await load(name)).sections.filter(({ preflight }) => preflight).flatMap(({ items }) => items),
      ).map(({ id, uses, on }) => ({ id, uses, on }));
    const besides = ['check.windows', 'check.database-security', 'check.license'];
    expect((await checks('doctor')).filter(({ uses }) => !besides.includes(uses))).toEqual(
      await checks('backup'),
    );
    expect((await load('doctor')).sections).toHaveLength(1);
  });

  it('backup starts the services before anything that needs no quiet', async () => {
    const { sections } = await load('backup');
    const ids = loadedSteps(sections[1]?.items ?? []).map(({ id }) => id);
    const order = [
      'copy-share-live',
      'stop-schedulers',
      'stop-rims',
      'stop-central',
      'dump-qsr',
      'start-central',
      'start-rims',
      'export-certificates',
      'check-set',
      'commit-set',
    ];
    expect(ids.filter((id) => order.includes(id))).toEqual(order);
  });

  it('backup removes old sets last of all, in a section of its own that cannot fail the backup', async () => {
    const { sections } = await load('backup');
    expect(sections.at(-1)).toMatchObject({ id: 'keep', restart: 'step' });
    const step = loadedSteps(sections.at(-1)?.items ?? []).at(-1);
    expect(step).toMatchObject({ uses: 'vault.prune', onFailure: 'continue' });
    expect(step?.with).toMatchObject({ 'on-trouble': 'warn' });
  });

  it('backup starts in its always-steps everything that any step stops', async () => {
    const { sections, always } = await load('backup');
    const stops = loadedSteps(sections[1]?.items ?? []).filter(({ uses }) => uses === 'services.stop');
    const starts = loadedSteps(always).filter(({ uses }) => uses === 'services.start-stopped');
    for (const stop of stops) expect(starts.some(({ reverses }) => reverses.includes(stop.id))).toBe(true);
    expect(starts.map(({ on }) => on)).toEqual([['central'], ['rims']]);
  });
});
