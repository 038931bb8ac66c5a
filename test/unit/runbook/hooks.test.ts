import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/contract/json.ts';
import { allSteps, stepsOf } from '../../../src/contract/plan.ts';
import type { SiteHook } from '../../../src/site/schema.ts';
import { loadHooks } from '../../../src/runbook/hooks.ts';
import { action, planOf, runbook, usageError } from './support.ts';

const locate = (path: readonly (string | number)[]): string => `site.yaml:${String(path.length)}:1`;

function hook(when: SiteHook['when'], steps: JsonValue[], step?: string): SiteHook {
  return { runbook: 'test', when, steps, path: ['hooks', 0, when], ...(step === undefined ? {} : { step }) };
}

const text = `name: test
title: T
params: { p: { type: boolean, default: true } }
sections:
  - { id: pre, preflight: true, steps: [{ id: check, uses: look }] }
  - id: main
    steps:
      - { id: stop, uses: look, when: params.p }
      - parallel: [{ id: x, uses: look }, { id: y, uses: look }]
always: [{ id: start, uses: look }]
`;

describe('hooks', () => {
  it('stand where they belong, with their origin', async () => {
    const hooks = loadHooks(
      [
        hook('before', [{ id: 'rb', uses: 'look' }]),
        hook('after', [{ id: 'ra', uses: 'look' }]),
        hook('before', [{ id: 'bs', uses: 'look', when: 'site.name == "prod"' }], 'stop'),
        hook('after', [{ id: 'ay', uses: 'look' }], 'y'),
        hook(
          'before',
          [
            {
              parallel: [
                { id: 'b1', uses: 'look' },
                { id: 'b2', uses: 'look' },
              ],
            },
          ],
          'start',
        ),
        hook('on-failure', [{ id: 'rf', uses: 'look' }]),
        hook('on-failure', [{ id: 'sf', uses: 'look' }], 'x'),
        { ...hook('before', [{ id: 'other', uses: 'look' }]), runbook: 'restore' },
      ],
      locate,
      ['test', 'restore'],
    );
    const plan = await planOf(text, [], { hooks });
    expect(plan.sections.map(({ id, items }) => [id, stepsOf(items).map((step) => step.id)])).toEqual([
      ['pre', ['check']],
      ['hooks-before', ['rb']],
      ['main', ['bs', 'stop', 'x', 'y', 'ay']],
      ['hooks-after', ['ra']],
    ]);
    expect(stepsOf(plan.always).map(({ id }) => id)).toEqual(['b1', 'b2', 'start']);
    expect(plan.onFailure).toMatchObject([
      { id: 'sf', when: 'run.failedStep == "x"', label: 'unknown until the run' },
      { id: 'rf' },
    ]);
    const origins = new Map(allSteps(plan).map(({ id, origin }) => [id, origin]));
    expect(origins.get('stop')).toBe('runbook');
    expect(origins.get('bs')).toBe('hook before test/stop (site.yaml:3:1)');
    expect(origins.get('rb')).toBe('hook before test (site.yaml:3:1)');
  });

  it('of a step that waits in a group stand in the group, and are waited for with it', async () => {
    const group = text.replace(
      '{ id: y, uses: look }]',
      '{ id: y, uses: look, after: x, when: params.p }, { id: z, uses: look, after: [y, x] }]',
    );
    const pair = { parallel: ['b1', 'b2'].map((id) => ({ id, uses: 'look' })) };
    const hooks = loadHooks(
      [
        hook('before', [{ id: 'bx', uses: 'look' }], 'x'),
        hook('before', [pair], 'y'),
        hook(
          'after',
          [
            { id: 'a1', uses: 'look' },
            { id: 'a2', uses: 'look' },
          ],
          'y',
        ),
      ],
      locate,
    );
    const { sections } = await planOf(group, [], { hooks, params: { p: 'false' } });
    const items = sections.find(({ id }) => id === 'main')?.items ?? [];
    expect(items.map((item) => stepsOf([item]).map(({ id, after }) => [id, after ?? []]))).toEqual([
      [['stop', []]],
      [['bx', []]],
      [
        ['x', []],
        ['b1', ['x']],
        ['b2', ['x']],
        ['y', ['b1', 'b2']],
        ['a1', ['y']],
        ['a2', ['a1']],
        ['z', ['a2', 'x']],
      ],
    ]);
    expect(
      stepsOf(items)
        .filter(({ skipped }) => skipped !== undefined)
        .map(({ id }) => id),
    ).toEqual(['stop', 'b1', 'b2', 'y', 'a1', 'a2']);
  });

  it('of a step run only when the step does', async () => {
    const hooks = loadHooks(
      [hook('before', [{ id: 'bs', uses: 'look', when: 'site.name == "prod"' }], 'stop')],
      locate,
    );
    const plan = await planOf(text, [], { hooks, params: { p: 'false' } });
    const steps = new Map(allSteps(plan).map((step) => [step.id, step]));
    expect(steps.get('bs')?.skipped).toBe('p is false');
  });

  it('are refused with the place in the site file', () => {
    expect(
      usageError(() => {
        loadHooks(
          [
            { ...hook('before', [{ id: 'a', uses: 'look', tiltle: 'x' }]), runbook: 'tets' },
            hook('after', [{ uses: 'look' }]),
          ],
          locate,
          ['test'],
        );
      }).split('\n'),
    ).toEqual([
      'site.yaml:3:1 hooks[0].before: there is no runbook "tets"; did you mean "test"?',
      'site.yaml:5:1 hooks[0].before[0].tiltle: is an unknown key; did you mean "title"?',
      'site.yaml:5:1 hooks[0].after[0].id: is required',
    ]);
  });

  it.each<[string, SiteHook, string]>([
    ['an unknown step', hook('after', [{ id: 'h', uses: 'look' }], 'stopp'), 'site.yaml:3:1 hooks[0].after: the runbook test has no step "stopp"; did you mean "stop"?'],
    ['an id of the runbook', hook('after', [{ id: 'stop', uses: 'look' }]), 'site.yaml:5:1 hooks[0].after[0].id: the id "stop" is used twice; ids must differ'],
    ['a reference to a later step', hook('before', [{ id: 'h', uses: 'look', with: { v: '${ steps.stop.outputs.x }' } }], 'stop'), 'site.yaml:6:1 hooks[0].before[0].with.v: "h" uses what comes from "stop", which runs after it (cycle: h -> stop -> h)'],
    ['a bracket', hook('after', [{ id: 'h', uses: 'look', 'site-consistent': false }]), 'site.yaml:5:1 hooks[0].after[0].site-consistent: may not stand in a hook'],
    ['an effect in the preflight section', hook('after', [{ id: 'h', uses: 'change' }], 'check'), 'site.yaml:5:1 hooks[0].after[0].uses: "change" is of effect class "change"; a preflight section may only read'],
  ])('with %s are refused', async (_name, wrong, message) => {
    const plan = planOf(text, [action('change', { effect: 'change' })], { hooks: loadHooks([wrong], locate) });
    await expect(plan).rejects.toMatchObject({ name: 'UsageError', message });
  }); // prettier-ignore

  it('of another runbook change nothing', async () => {
    const other = loadHooks(
      [{ ...hook('before', [{ id: 'h', uses: 'nothing' }]), runbook: 'restore' }],
      locate,
    );
    expect(await planOf(runbook('      - { id: a, uses: look }'), [], { hooks: other })).toEqual(
      await planOf(runbook('      - { id: a, uses: look }')),
    );
  });
});
