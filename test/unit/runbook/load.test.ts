import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRunbook, loadRunbookFile } from '../../../src/runbook/load.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { runbook, usageError } from './support.ts';

/** In a table, § marks the place that a message must name; several stand in the order of the messages. */
function expectRefused(marked: string, messages: string): void {
  const places = [...marked.matchAll(/§/g)].map(({ index }) => {
    const before = marked.slice(0, index).replaceAll('§', '').split('\n');
    return `test.yaml:${String(before.length)}:${String((before.at(-1)?.length ?? 0) + 1)}`;
  });
  const lines = messages.split('\n').map((message, index) => {
    const gap = /^(sections|params|always|section)\b[^ ]*: /.test(message) ? ' ' : ': ';
    return `${places[index] ?? 'no place'}${gap}${message}`;
  });
  expect(usageError(() => loadRunbook(marked.replaceAll('§', ''), 'test.yaml'))).toBe(lines.join('\n'));
}

const good = fileURLToPath(new URL('../../fixtures/runbooks/good.yaml', import.meta.url));

describe('a runbook without mistakes', () => {
  it('is read with its defaults filled in', () => {
    const text = readFileSync(good, 'utf8');
    const loaded = loadRunbook(text, 'good.yaml');
    const [look, quiet] = loaded.sections;
    expect(look).toMatchObject({ id: 'look', preflight: true, restart: 'step' });
    expect(look?.items).toMatchObject([
      { id: 'check-nodes', title: 'Check nodes', on: ['all'], with: {}, onFailure: 'stop', reverses: [] },
    ]);
    expect(quiet).toMatchObject({ preflight: false, restart: 'whole' });
    expect(quiet?.items[0]).toMatchObject({
      on: ['central', 'rim-1'],
      timeoutMs: 30_000,
      retry: { attempts: 3, delayMs: 500 },
      onFailure: 'continue',
      pointOfNoReturn: true,
      origin: 'runbook',
    });
    expect(quiet?.items[1]).toMatchObject({ siteConsistent: false });
    expect(quiet?.items[2]).toMatchObject({ parallel: [{ id: 'dump-a' }, { id: 'dump-b' }] });
    expect(loaded.always).toMatchObject([{ reverses: ['stop-services'] }]);
    expect(loaded.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(loaded.params.map(({ name, type, required }) => [name, type, required])).toEqual([
      ['quiesce', 'enum', false],
      ['target', 'path', false],
      ['limit', 'duration', false],
      ['count', 'integer', false],
      ['fast', 'boolean', false],
      ['note', 'string', false],
      ['password', 'secret', true],
    ]);
  });

  it('is read from its file, also with a byte order mark', async () => {
    const file = join(temporaryFolder(), 'good.yaml');
    writeFileSync(file, `\uFEFF${readFileSync(good, 'utf8')}`);
    expect((await loadRunbookFile(file)).sha256).toBe((await loadRunbookFile(good)).sha256);
    await expect(loadRunbookFile(`${file}x`)).rejects.toThrow(`there is no file ${file}x`);
  });
});

describe('a step with a mistake', () => {
  it.each<[string, string, string]>([
    [
      'an unknown key',
      '- { id: a, uses: look, §titel: x }',
      'sections[0].steps[0].titel: is an unknown key; did you mean "title"?',
    ],
    ['no id', '- §{ uses: look }', 'sections[0].steps[0].id: is required'],
    ['no action', '- §{ id: a }', 'sections[0].steps[0].uses: is required'],
    [
      'an id with capitals',
      '- { id: §Stop, uses: look }',
      'sections[0].steps[0].id: must be small letters, digits and single dashes, such as "stop-services"',
    ],
    [
      'an id of a prototype',
      '- { id: §__proto__, uses: look }',
      'sections[0].steps[0].id: must be small letters, digits and single dashes, such as "stop-services"',
    ],
    [
      'a time limit without a unit',
      '- { id: a, uses: look, timeout: §30 }',
      'sections[0].steps[0].timeout: must be a duration with a unit, such as 90s, 10m or 1h30m',
    ],
    [
      'an unknown unit',
      '- { id: a, uses: look, timeout: §30x }',
      'sections[0].steps[0].timeout: must be a duration with a unit, such as 90s, 10m or 1h30m',
    ],
    [
      'a wrong word',
      '- { id: a, uses: look, on-failure: §continu }',
      'sections[0].steps[0].on-failure: must be "stop" or "continue"; did you mean "continue"?',
    ],
    [
      'no attempts',
      '- { id: a, uses: look, §retry: { delay: 1s } }',
      'sections[0].steps[0].retry.attempts: is required',
    ],
    ['nothing in it', '-§', 'sections[0].steps[0]: is empty'],
    ['only text', '- §stop', 'sections[0].steps[0]: must be a group of keys'],
    [
      'a number that is none',
      '- { id: a, uses: look, with: { n: §.nan } }',
      'sections[0].steps[0].with.n: must be text, a number, true or false, a list or a group of keys',
    ],
    [
      'a key __proto__',
      '- { id: a, uses: look, with: { §__proto__: { b: 1 } } }',
      'sections[0].steps[0].with.__proto__: cannot be a key',
    ],
    [
      'a bad condition',
      '- { id: a, uses: look, when: §params.x = 1 }',
      'sections[0].steps[0].when: the expression cannot be read at character 10: Unexpected "="',
    ],
    [
      'an unknown parameter',
      '- { id: a, uses: look, when: §params.x == 1 }',
      'sections[0].steps[0].when: params.x is unknown',
    ],
    [
      'an unknown name of the run',
      '- { id: a, uses: look, with: { b: §"${ run.ids }" } }',
      'sections[0].steps[0].with.b: run.ids is unknown; did you mean "id"?',
    ],
    [
      'an open expression',
      '- { id: a, uses: look, with: { b: [§"${ x"] } }',
      'sections[0].steps[0].with.b[0]: "${" has no closing "}" ("$${" writes the two characters themselves)',
    ],
    [
      'a reference to no step',
      '- { id: a, uses: look, when: §steps.bb.outputs.c == 1 }',
      'sections[0].steps[0].when: there is no step "bb"',
    ],
    [
      'a reference to itself',
      '- { id: a, uses: look, when: §steps.a.outputs.c == 1 }',
      'sections[0].steps[0].when: "a" uses what comes from itself (cycle: a -> a)',
    ],
    [
      'a reference without outputs',
      '- { id: b, uses: look }\n      - { id: a, uses: look, when: §steps.b.c == 1 }',
      'sections[0].steps[1].when: write steps.b.outputs.NAME, or steps.b.nodes.NODE.NAME',
    ],
    [
      'outputs of several nodes',
      '- { id: b, uses: look, on: all }\n      - { id: a, uses: look, when: §steps.b.outputs.c == 1 }',
      'sections[0].steps[1].when: "b" may run on several nodes; write steps.b.nodes.NODE.c',
    ],
    [
      'the id of another',
      '- { id: b, uses: look }\n      - { id: §b, uses: look }',
      'sections[0].steps[1].id: the id "b" is used twice; ids must differ',
    ],
    [
      'a group in a group',
      '- parallel: [{ id: a, uses: look }, §{ parallel: [] }]',
      'sections[0].steps[0].parallel[1]: parallel groups cannot stand inside each other',
    ],
    ['an empty group', '- parallel: §[]', 'sections[0].steps[0].parallel: must not be empty'],
    [
      'a group with more keys',
      '- { parallel: [{ id: a, uses: look }], §when: x }',
      'sections[0].steps[0].when: is an unknown key; a key may be "parallel"',
    ],
    [
      'a sibling it needs',
      '- parallel: [{ id: a, uses: look }, { id: b, uses: look, when: §steps.a.outputs.c == 1 }]',
      'sections[0].steps[0].parallel[1].when: "b" uses what comes from "a", which runs at the same time, not before it',
    ],
    [
      'something later it needs',
      '- { id: a, uses: look, with: { x: §"${ steps.b.outputs.c }" } }\n      - { id: b, uses: look }',
      'sections[0].steps[0].with.x: "a" uses what comes from "b", which runs after it (cycle: a -> b -> a)',
    ],
    [
      'a circle',
      '- { id: a, uses: look, with: { x: §"${ steps.c.outputs.x }" } }\n      - { id: b, uses: look, with: { x: "${ steps.a.outputs.x }" } }\n      - { id: c, uses: look, with: { x: "${ steps.b.outputs.x }" } }',
      'sections[0].steps[0].with.x: "a" uses what comes from "c", which runs after it (cycle: a -> c -> b -> a)',
    ],
    [
      'an unknown step to reverse',
      '- { id: a, uses: look, reverses: [§b, §aa] }\n      - { id: b, uses: look }',
      'sections[0].steps[0].reverses[0]: "a" reverses "b", which runs after it (cycle: a -> b -> a)\nsections[0].steps[0].reverses[1]: there is no step "aa"; did you mean "a"?',
    ],
    [
      'an open bracket',
      '- { id: a, uses: look, site-consistent: §false }',
      'sections[0].steps[0].site-consistent: opens a bracket that no later step closes with "true"',
    ],
    [
      'a bracket that is not open',
      '- { id: a, uses: look, site-consistent: §true }',
      'sections[0].steps[0].site-consistent: closes a bracket that no step before it opens with "false"',
    ],
    [
      'a bracket in a bracket',
      '- { id: a, uses: look, site-consistent: false }\n      - { id: b, uses: look, site-consistent: §false }\n      - { id: c, uses: look, site-consistent: true }',
      'sections[0].steps[1].site-consistent: the bracket of "a" is still open',
    ],
    [
      'a bracket that may stay open',
      '- { id: a, uses: look, site-consistent: false }\n      - { id: b, uses: look, site-consistent: §true, when: run.id == "x" }',
      'sections[0].steps[1].site-consistent: must have the same "when" as the step that opens the bracket, "a"',
    ],
    [
      'waiting outside of a group',
      '- { id: b, uses: look }\n      - { id: a, uses: look, after: §b }',
      'sections[0].steps[1].after: may stand only in a parallel group; elsewhere steps run one after another',
    ],
    [
      'waiting for what stands below',
      '- parallel: [{ id: a, uses: look, after: §b }, { id: b, uses: look }]',
      'sections[0].steps[0].parallel[0].after: there is no step "b" above "a" in its parallel group',
    ],
    [
      'waiting for a step elsewhere',
      '- { id: c, uses: look }\n      - parallel: [{ id: a, uses: look }, { id: b, uses: look, after: [a, §c] }]',
      'sections[0].steps[1].parallel[1].after[1]: there is no step "c" above "b" in its parallel group',
    ],
    [
      'a sibling it needs and waits for only in part',
      '- parallel: [{ id: a, uses: look }, { id: b, uses: look, after: a.half, when: §steps.a.outputs.c == 1 }]',
      'sections[0].steps[0].parallel[1].when: "b" uses what comes from "a", which runs at the same time, not before it',
    ],
    [
      'a bracket side by side',
      '- parallel: [{ id: a, uses: look, site-consistent: §false }]',
      'sections[0].steps[0].parallel[0].site-consistent: may not stand in a parallel group',
    ],
  ])('%s is refused', (_name, step, message) => {
    expectRefused(runbook(`      ${step}`), message);
  });
});

it('a step may use what comes from a sibling that it waits for, also by way of another one', () => {
  const group =
    '{ id: a, uses: look }, { id: b, uses: look, after: a }, { id: c, uses: look, after: [b], when: steps.a.outputs.x == 1 }';
  const loaded = loadRunbook(runbook(`      - parallel: [${group}]`), 'test.yaml');
  expect(loaded.sections[0]?.items).toMatchObject([
    { parallel: [{ after: [] }, { after: ['a'] }, { after: ['b'] }] },
  ]);
});

describe('a runbook with a mistake', () => {
  const step = '[{ id: a, uses: look }]';

  it.each<[string, string, string]>([
    ['empty text', '§', 'is empty'],
    ['a list', '§- a', 'must be a group of keys'],
    [
      'broken YAML',
      'name: [§',
      'Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', 'name: a\n§name: b\ntitle: c\nsections: []', 'this key is written twice'],
    ['no sections', 'name: a\ntitle: b\nsections: §[]', 'sections: must not be empty'],
    [
      'an empty section',
      'name: a\ntitle: b\nsections: [{ id: s, steps: §[] }]',
      'sections[0].steps: must not be empty',
    ],
    [
      'an unknown key',
      'name: a\ntitle: b\n§section: []\nsections: [{ id: s, steps: [{ id: a, uses: look }] }]',
      'section: is an unknown key; did you mean "sections"?',
    ],
    [
      'two sections of one id',
      'name: a\ntitle: b\nsections: [{ id: s, steps: [{ id: a, uses: look }] }, { id: §s, steps: [{ id: b, uses: look }] }]',
      'sections[1].id: the section "s" exists twice; ids must differ',
    ],
    [
      'a late preflight',
      'name: a\ntitle: b\nsections: [{ id: s, steps: [{ id: a, uses: look }] }, { id: t, preflight: §true, steps: [{ id: b, uses: look }] }]',
      'sections[1].preflight: preflight sections must come before all other sections',
    ],
    [
      'a bracket in always',
      'name: a\ntitle: b\nsections: [{ id: s, steps: [{ id: a, uses: look }] }]\nalways: [{ id: b, uses: look, site-consistent: §true }]',
      'always[0].site-consistent: may stand only in a section',
    ],
    [
      'a later always-step',
      'name: a\ntitle: b\nsections: [{ id: s, steps: [{ id: a, uses: look, reverses: §b }] }]\nalways: [{ id: b, uses: look }]',
      'sections[0].steps[0].reverses: "a" reverses "b", which runs after it (cycle: a -> b -> a)',
    ],
  ])('%s is refused', (_name, text, message) => {
    expectRefused(text, message);
  });

  it.each<[string, string]>([
    [
      'x: { type: §text }',
      'params.x.type: must be "string" or "integer" or "boolean" or "enum" or "path" or "duration" or "secret"',
    ],
    ['§x: { type: enum }', 'params.x.values: is required when the type is enum'],
    ['x: { type: string, values: §[a] }', 'params.x.values: is only for the type enum'],
    ['x: { type: enum, values: [a, b], default: §c }', 'params.x.default: must be "a" or "b"'],
    ['x: { type: integer, default: §1.5 }', 'params.x.default: must be a whole number'],
    ['x: { type: integer, default: §"1" }', 'params.x.default: must be a whole number'],
    ['x: { type: boolean, default: §yes }', 'params.x.default: must be true or false'],
    [
      'x: { type: duration, default: §10 }',
      'params.x.default: must be a duration with a unit, such as 90s, 10m or 1h30m',
    ],
    ['x: { type: path, default: §"" }', 'params.x.default: must be a path'],
    ['x: { type: string, default: §[a] }', 'params.x.default: must be text, a number, or true or false'],
    [
      'x: { type: string, required: true, default: §a }',
      'params.x.default: a required parameter has no default',
    ],
    [
      'x: { type: secret, default: §a }',
      'params.x.default: a secret has no default: it would stand in this file',
    ],
    ['x: { type: string, default: §"${ params.x }" }', 'params.x.default: refers to itself (cycle: x -> x)'],
    [
      'x: { type: string, default: §"${ params.y }" }',
      'params.x.default: params.y is unknown; did you mean "x"?',
    ],
    [
      'x: { type: string, default: §"${ run.id }" }',
      'params.x.default: a default may use only params.x and site.x',
    ],
    ['x: { type: string, §deflt: a }', 'params.x.deflt: is an unknown key; did you mean "default"?'],
  ])('the parameter %s is refused', (param, message) => {
    expectRefused(`name: a\nparams:\n  ${param}\ntitle: b\nsections: [{ id: s, steps: ${step} }]`, message);
  });

  it('that is a cycle of parameters shows the chain', () => {
    const text = `name: a\nparams:\n  x: { type: string, default: "\${ params.y }" }\n  y: { type: string, default: "a\${ params.x }" }\ntitle: b\nsections: [{ id: s, steps: ${step} }]`;
    expect(usageError(() => loadRunbook(text, 'test.yaml'))).toBe(
      'test.yaml:3:31 params.x.default: refers to itself (cycle: x -> y -> x)\n' +
        'test.yaml:4:31 params.y.default: refers to itself (cycle: y -> x -> y)',
    );
  });

  it('does not let a secret decide, nor flow into another parameter', () => {
    const text = `name: a\nparams:\n  x: { type: secret }\n  y: { type: string, default: "\${ params.x }" }\ntitle: b\nsections: [{ id: s, steps: [{ id: a, uses: look, when: params.x == "1" }] }]`;
    expect(usageError(() => loadRunbook(text, 'test.yaml'))).toBe(
      'test.yaml:4:31 params.y.default: params.x is a secret and cannot be put into another parameter\n' +
        'test.yaml:6:56 sections[0].steps[0].when: params.x is a secret; it may stand only in "with"',
    );
  });

  it('and others tells all of them, in the order of the file, also those inside a step that has one', () => {
    const text = [
      'name: Bad', 'title: b', 'params: { p: { type: integer, default: x } }', 'sections:', '  - id: s', '    stepps: 1', '    steps:',
      '      - { id: a, uses: look, titel: x, when: params.q == 1, with: { y: "${ 1 + }" } }', '      - { uses: look }', '  - id: t', '    steps: []',
      'always:', '  - { id: z, uses: look, reverses: aa }',
    ].join('\n'); // prettier-ignore
    expect(usageError(() => loadRunbook(text, 'test.yaml')).split('\n')).toEqual([
      'test.yaml:1:7 name: must be small letters, digits and single dashes, such as "stop-services"',
      'test.yaml:3:40 params.p.default: must be a whole number',
      'test.yaml:6:5 sections[0].stepps: is an unknown key; did you mean "steps"?',
      'test.yaml:8:30 sections[0].steps[0].titel: is an unknown key; did you mean "title"?',
      'test.yaml:8:46 sections[0].steps[0].when: params.q is unknown; did you mean "p"?',
      'test.yaml:8:72 sections[0].steps[0].with.y: the expression cannot be read at character 4: Unexpected "+"',
      'test.yaml:9:9 sections[0].steps[1].id: is required',
      'test.yaml:11:12 sections[1].steps: must not be empty',
      'test.yaml:13:36 always[0].reverses: there is no step "aa"; did you mean "a"?',
    ]);
  });
});
