import { describe, expect, it } from 'vitest';
import { planHtml } from '../../../src/report/plan-html.ts';
import { planMarkdown } from '../../../src/report/plan-markdown.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { viewPlan } from '../../../src/report/plan-view.ts';
import { samplePlan, sampleStep } from './samples.ts';

const TEXT = `Back up the site (backup)
Site: acme
Planned: 2026-11-24T02:00:00.000Z by sense-runbook 0.1.0
Source: manual 5.6, p. 208
Parameters: quiesce=full, jobs=2, drain=1h30m
Predicted: about 3 min 5 s, of which the site is down 50 s (from 3 earlier runs)

== Checks (looks only, changes nothing)

  1. Every node answers
     [read; checked]
     on central

== quiet

  2. Stop the Qlik Sense services, the database keeps running
     [change; checked; manual 5.6 step 1, p. 208; about 42 s]
     on central:
       note: the scheduler first
       > sc.exe stop QlikSenseSchedulerService
     on rim1:
       > sc.exe stop QlikSenseProxyService (if needed)

  Side by side: 3, 4
  3. Dump QSR
     [read; unknown until begin]
     on central:
       > pg_dump -h localhost -p 4432 -U postgres -b -F t -f
           "D:\\My Vault\\<set>\\databases\\QSR_backup.tar" QSR (environment:
           PGPASSFILE)
  4. Copy the logs
     [read; checked]
     Skipped: no log folders

== Always (also after a failure, an interruption or a kill)

  5. Start what was stopped
     [change; checked]
     Reverses: step 2

== Checks

  ok      both nodes answer
  warning rim1: certificate expires soon
          hint: renew it

warning: the client programs are newer than the server
`;

describe('planText', () => {
  it('prints every step with node, operation, effect, label, manual reference and prediction', () => {
    expect(planText(viewPlan(samplePlan()))).toBe(TEXT);
  });

  it('keeps to 80 columns', () => {
    const long = sampleStep('long', { title: 'word '.repeat(60).trim(), confirm: 'sure '.repeat(40).trim() });
    const text = planText(viewPlan(samplePlan({ always: [long], warnings: ['w '.repeat(90)] })));
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('adds the explanations for a procedure', () => {
    expect(planText(viewPlan(samplePlan()), { explain: true })).toContain(
      '     The services write to the database and the share. They must be quiet.\n     on central:',
    );
  });

  it('says that nothing can be predicted before the first run', () => {
    expect(planText(viewPlan(samplePlan({ predicted: { basedOn: 0 } })))).toContain(
      'Predicted: nothing yet, this site has no earlier run of this runbook\n',
    );
  });

  it('names conditions, questions, brackets and hooks', () => {
    const step = sampleStep('x', {
      when: 'params.a == 1',
      confirm: 'Really?',
      pointOfNoReturn: true,
      siteConsistent: false,
      onFailure: 'continue',
      origin: 'site.yaml hook before backup',
    });
    const text = planText(viewPlan(samplePlan({ always: [], onFailure: [step] })));
    expect(text).toContain('== Only after a failure');
    for (const remark of [
      'Only when: params.a == 1',
      'Asks first: Really?',
      'Point of no return: rollback ends here.',
      'From here on the site must not be started.',
      'A failure here does not stop the run.',
      'From: site.yaml hook before backup',
    ])
      expect(text).toContain(`     ${remark}\n`);
  });
});

/** A restore in small: three steps in a bracket, one that cannot be put back, one skipped, one by hand. */
function sampleRestore() {
  const on = (...nodes: string[]) =>
    nodes.map((node) => ({
      node,
      input: {},
      outputs: {},
      notes: [],
      operations: [
        { kind: 'human' as const, text: 'Look at `Host.cfg` on ' + node, effect: 'read' as const },
      ],
    }));
  const step = (id: string, changes: Parameters<typeof sampleStep>[1] = {}) =>
    sampleStep(id, { effect: 'change', executions: on('central'), ...changes });
  const section = (id: string, ...items: ReturnType<typeof step>[]) => ({
    id,
    title: `Phase ${id}`,
    preflight: false,
    restart: 'step' as const,
    items,
  });
  return samplePlan({
    checks: [],
    warnings: [],
    sections: [
      section('a', step('stop'), step('load', { undo: true })),
      section('b', step('swap', { undo: true, siteConsistent: false }), step('files', { undo: true })),
      section('c', step('drop', { pointOfNoReturn: true, effect: 'destroy' })),
      section(
        'd',
        step('look', { effect: 'read', siteConsistent: true }),
        step('both', { executions: on('central', 'rim1') }),
      ),
      section('e', step('never', { skipped: 'no rim nodes', siteConsistent: false, executions: [] })),
    ],
    always: [step('start', { reverses: ['stop'], executions: on('central') })],
  });
}

describe('the view of a plan', () => {
  const steps = new Map(
    viewPlan(sampleRestore())
      .sections.flatMap(({ groups }) => groups.flat())
      .map((step) => [step.id, step]),
  );

  it('says of every change whether it can be put back, until the point of no return', () => {
    expect([...steps.values()].map(({ id, undo }) => [id, undo])).toEqual([
      ['stop', 'rollback leaves it as it is'],
      ['load', 'sense-runbook rollback puts it back, until step 5 is begun'],
      ['swap', 'sense-runbook rollback puts it back, until step 5 is begun'],
      ['files', 'sense-runbook rollback puts it back, until step 5 is begun'],
      ['drop', 'nothing any more, step 5 was the point of no return'],
      ['look', undefined],
      ['both', 'nothing any more, step 5 was the point of no return'],
      ['never', undefined],
      ['start', undefined],
    ]);
  });

  it('names the step that reverses another one where the plan has it', () => {
    const plan = sampleRestore();
    const again = sampleStep('again', { effect: 'change', reverses: ['stop'] });
    const view = viewPlan({
      ...plan,
      sections: [...plan.sections.slice(0, 1), { ...plan.sections[1]!, items: [again] }],
    });
    expect(view.sections[0]?.groups[0]?.[0]?.undo).toBe('reversed by step 3');
  });

  it('says nothing of undoing where nothing can be undone, as in a backup', () => {
    const all = viewPlan(samplePlan()).sections.flatMap(({ groups }) => groups.flat());
    expect(all.map(({ undo }) => undo)).toEqual(all.map(() => undefined));
  });

  it('marks the part in which the site must not be started; a skipped step opens none', () => {
    expect(
      [...steps.values()].flatMap(({ id, closed }) => (closed === undefined ? [] : [[id, closed]])),
    ).toEqual([
      ['swap', 'closed'],
      ['files', 'closed'],
      ['drop', 'closed'],
      ['look', 'until'],
    ]);
  });
});

describe('planMarkdown', () => {
  it('puts operations into code blocks and escapes everything else', () => {
    const text = planMarkdown(viewPlan(samplePlan({ warnings: ['a *b* <c>'] })));
    expect(text).toContain('**Warning:** a \\*b\\* \\<c\\>\n');
    expect(text).toContain('On rim1:\n\n```\nsc.exe stop QlikSenseProxyService\n```\n\n(if needed)\n');
    expect(text).toContain('- warning: rim1: certificate expires soon What to do: renew it\n');
  });

  it('uses a longer fence when a command has backticks', () => {
    const operations = [{ kind: 'command' as const, argv: ['echo', '```'], effect: 'read' as const }];
    const executions = [{ node: 'n', input: {}, outputs: {}, notes: [], operations }];
    const text = planMarkdown(viewPlan(samplePlan({ always: [sampleStep('x', { executions })] })));
    expect(text).toContain("\n````\necho '```'\n````\n");
  });

  it('has a box and room for who and when at every step, one a node, and none where nothing is done', () => {
    const text = planMarkdown(viewPlan(sampleRestore()));
    const blank = '_'.repeat(20);
    expect(text).toContain(`- [ ] done by ${blank} at ${blank}\n`);
    expect(text).toContain(`- [ ] done on central by ${blank} at ${blank}\n- [ ] done on rim1 by ${blank}`);
    expect(text.slice(text.indexOf('### 8.'), text.indexOf('## Phase 6'))).toBe(
      '### 8. Do never\n\nSkipped: no rim nodes\n\n',
    );
    expect(text).toContain('- [ ] Look at `Host.cfg` on rim1\n');
  });

  it('tells the way before the first step, and marks the closed part at every phase that it touches', () => {
    const text = planMarkdown(viewPlan(sampleRestore()));
    expect(text).toContain(
      [
        '1. Phase a: steps 1 to 2',
        '2. Phase b: steps 3 to 4 (THE SITE MUST NOT BE STARTED)',
        '3. Phase c: step 5 (THE SITE MUST NOT BE STARTED; POINT OF NO RETURN)',
        '4. Phase d: steps 6 to 7 (THE SITE MUST NOT BE STARTED)',
        '5. Phase e: step 8 (nothing to do)',
        '6. Always: step 9 (also after a failure, an interruption or a kill)',
      ].join('\n'),
    );
    expect(text).toContain('## Phase 2 of 6: Phase b\n\n> **The site must not be started in this phase.**\n');
    expect(text).toContain(
      '## Phase 4 of 6: Phase d\n\n> **The site must not be started in this phase, until step 6 is done.**\n',
    );
    expect(text).toContain('> **Point of no return: rollback ends here.**\n');
  });

  it('keeps to 80 columns but for commands, and makes no list of a number at the start of a line', () => {
    const explain = `${'word '.repeat(15)}since 12. and so on <set> \`a <b>\`\n\n- one ${'more '.repeat(20)}`;
    const step = sampleStep('long', { explain });
    const text = planMarkdown(viewPlan(samplePlan({ always: [step], warnings: ['w '.repeat(90)] })));
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([
      expect.stringMatching(/^pg_dump -h localhost .* QSR$/),
    ]);
    expect(text).toContain('\n12\\. and so on \\<set> `a <b>`\n');
    expect(text).toMatch(/\n- one more [^]*?\n {2}more /);
  });
});

describe('planHtml', () => {
  it('is one page that loads nothing, with everything escaped', () => {
    const page = planHtml(
      viewPlan(samplePlan({ site: '<script>alert("x")</script>', warnings: ["it's & <b>"] })),
    );
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).toContain('it&#39;s &amp; &lt;b&gt;');
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page).toContain('QSR_backup.tar');
  });

  it('prints every phase on a page of its own and no step over two', () => {
    const page = planHtml(viewPlan(sampleRestore()));
    expect(page.match(/<section class="phase"/g)).toHaveLength(5);
    expect(page.match(/<section class="phase idle"/g)).toHaveLength(1);
    const print = /@media print\{([^]*?)\n\}/.exec(page)?.[1];
    expect(print).toMatch(/\.phase,[^{]*\{break-before:page\}/);
    expect(print).toContain('.step{break-inside:avoid}');
  });

  it('has a box at every step that is done, and one a node where there are several', () => {
    const page = planHtml(viewPlan(sampleRestore()));
    const boxesOf = (title: string) =>
      (new RegExp(`${title}[^]*?</article>`).exec(page)?.[0].match(/type="checkbox"/g) ?? []).length;
    // That of the step stands before its title; the others are of what a person ticks, and of each of two nodes.
    expect(page).toContain('<h3><label><input type="checkbox">1. Do stop</label></h3>');
    expect([boxesOf('1. Do stop'), boxesOf('7. Do both'), boxesOf('8. Do never')]).toEqual([1, 4, 0]);
    expect(page).toContain('<label>Done by <input type="text"></label>');
  });

  it('marks the part in which the site must not be started by more than colour', () => {
    const page = planHtml(viewPlan(sampleRestore()));
    expect(page.match(/class="step \w+ closed"/g)).toHaveLength(4);
    expect(page).toContain('.step.closed{border-left:.5rem double #000}');
    expect(page).toContain(
      '<p class="alert">The site must not be started in this phase, until step 6 is done.</p>',
    );
  });

  it('lets a command be copied whole: what is said of it is outside, and breaks leave no trace', () => {
    const page = planHtml(viewPlan(samplePlan()));
    const commands = [...page.matchAll(/<code>([^]*?)<\/code>/g)].map(([, html = '']) =>
      html
        .replace(/<\/?(?:wbr|span[^>]*)>/g, '')
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>'),
    );
    expect(commands).toEqual([
      'sc.exe stop QlikSenseSchedulerService',
      'sc.exe stop QlikSenseProxyService',
      'pg_dump -h localhost -p 4432 -U postgres -b -F t -f "D:\\My Vault\\<set>\\databases\\QSR_backup.tar" QSR',
    ]);
    expect(page).toContain('</code> <small>(environment: PGPASSFILE)</small></pre>');
  });

  it('puts only harmless text into the foot of a page', () => {
    const page = planHtml(viewPlan(samplePlan({ site: 'a"}</style><b>\\' })));
    expect(page).toContain(
      '@bottom-left{content:"backup, site a } /style  b  , planned 2026-11-24T02:00:00.000Z"',
    );
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });
});
