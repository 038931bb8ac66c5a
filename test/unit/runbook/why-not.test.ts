import { describe, expect, it } from 'vitest';
import { runningLookup } from '../../../src/runbook/scope.ts';
import { whyNot } from '../../../src/runbook/why-not.ts';

const lookup = runningLookup({
  params: { only: 'databases', logs: false, documented: true, copy: '', databases: [] },
  site: { vault: { kind: 'folder', copies: null }, databases: ['QSR'] },
  steps: { due: { outputs: { due: false }, nodes: { rim: { due: false } } } },
  run: { warnings: 2 },
});

describe('whyNot', () => {
  it.each([
    ['params.logs', 'logs is false'],
    ['!params.documented', 'documented is true'],
    ['params.only == "all" || params.only == "share"', 'only is databases'],
    ['params.copy != "" || site.vault.kind == "restic"', 'copy is empty, site.vault.kind is folder'],
    ['site.vault.copies != null', 'site.vault.copies is not set'],
    ['site.databases == null', 'site.databases is set'],
    ['"QSR" in params.databases', 'databases is empty'],
    ['steps.due.outputs.due', 'due of step due is false'],
    ['steps.due.nodes.rim.due', 'due of step due on rim is false'],
    ['steps.gone.outputs.path != null', 'path of step gone is not set'],
    ['run.warnings == 0', 'run.warnings is 2'],
  ])('names the value that made %s false', (when, words) => {
    expect(whyNot(when, lookup)).toBe(words);
  });

  it.each([
    ['(params.only == "all" || params.only == "databases") && params.logs', 'logs is false'],
    ['(params.only == "all" || params.only == "share") && params.logs', 'only is databases'],
    ['(params.only == "databases") && !params.documented', 'documented is true'],
    ['!(params.logs || params.documented)', 'documented is true'],
    ['!(params.documented && params.only == "databases")', 'documented is true, only is databases'],
  ])('says nothing of what did not decide %s', (when, words) => {
    expect(whyNot(when, lookup)).toBe(words);
  });

  it('gives the condition itself where no value decided it', () => {
    expect(whyNot('1 == 2', lookup)).toBe('1 == 2 does not hold');
  });
});
