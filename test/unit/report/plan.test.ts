import { describe, expect, it } from 'vitest';
import { planHtml } from '../../../src/report/plan-html.ts';
import { planMarkdown } from '../../../src/report/plan-markdown.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { viewPlan } from '../../../src/report/plan-view.ts';
import { samplePlan, sampleStep } from './samples.ts';

const TEXT = `Back up the site (backup)
Site: acme
Planned: 2026-11-24T02:00:00.000Z by sense-runbook 0.1.0
Manual: 5.6, p. 208
Parameters: quiesce=full, jobs=2
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
     Reverses: stop

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

describe('planMarkdown', () => {
  it('puts operations into code blocks and escapes everything else', () => {
    const text = planMarkdown(viewPlan(samplePlan({ warnings: ['a *b* <c>'] })));
    expect(text).toContain('**Warning:** a \\*b\\* \\<c\\>\n');
    expect(text).toContain('On rim1:\n\n```\nsc.exe stop QlikSenseProxyService (if needed)\n```\n');
    expect(text).toContain('| warning | rim1 | certificate expires soon | renew it |');
  });

  it('uses a longer fence when an operation has backticks', () => {
    const step = sampleStep('x', {
      executions: [
        {
          node: 'n',
          input: {},
          outputs: {},
          notes: [],
          operations: [{ kind: 'human', text: '```', effect: 'read' }],
        },
      ],
    });
    expect(planMarkdown(viewPlan(samplePlan({ always: [step] })))).toContain('\n````\nby hand: ```\n````\n');
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
});
