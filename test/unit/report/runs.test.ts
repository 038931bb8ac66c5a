import { beforeAll, describe, expect, it } from 'vitest';
import { runReportHtml } from '../../../src/report/run-report-html.ts';
import { runReportMarkdown } from '../../../src/report/run-report-markdown.ts';
import { runReportText } from '../../../src/report/run-report-text.ts';
import { runsText, unfinishedText } from '../../../src/report/runs-text.ts';
import { sampleReport, sampleRun } from './samples.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

describe('runsText', () => {
  it('lists runs and names what leads on', () => {
    const lost = sampleRun({
      id: '20261125T020000Z-cd34',
      startedAt: '2026-11-25T02:00:00.000Z',
      outcome: 'lost',
      durationMs: undefined as never,
      holdsSite: true,
      next: ['recover'],
    });
    expect(runsText([sampleRun(), lost])).toBe(
      `RUN                    RUNBOOK  STARTED           OUTCOME       TOOK
20261124T020000Z-ab12  backup   2026-11-24 02:00  done     3 min 5 s
20261125T020000Z-cd34  backup   2026-11-25 02:00  cut off          -

run 20261125T020000Z-cd34 (backup) was cut off, and services it stopped may be down; next: sense-runbook recover
`,
    );
  });

  it('says what to do when there are none', () => {
    expect(runsText([])).toBe('No runs yet. See what one would do with: sense-runbook plan backup\n');
  });
});

describe('unfinishedText', () => {
  it('says first that a half changed site stays down', () => {
    const run = sampleRun({ id: 'r1', outcome: 'failed', next: ['resume', 'rollback'], halfChanged: true });
    expect(unfinishedText(run)).toMatch(
      /failed, and the site is half changed: its services stay down until then; next: sense-runbook resume r1/,
    );
  });

  it('says which nodes of a half changed site run, since they are through, and which stay down', () => {
    const failed = sampleRun({ id: 'r1', outcome: 'failed', next: ['resume'], halfChanged: true });
    expect(unfinishedText({ ...failed, startedAgain: [], keptDown: ['central', 'rim'] })).toContain(
      'half changed: its services stay down until then;',
    );
    expect(unfinishedText({ ...failed, startedAgain: ['central'], keptDown: ['rim1', 'rim2'] })).toContain(
      'half changed: services were started again on central, and stay down on rim1, rim2 until then;',
    );
    expect(unfinishedText({ ...failed, startedAgain: ['central', 'rim'], keptDown: [] })).toContain(
      'half changed: services were started again on central, rim; next: sense-runbook resume r1',
    );
  });

  it('gives every command that leads on with the run in it', () => {
    expect(
      unfinishedText(sampleRun({ id: 'r1', outcome: 'failed', next: ['resume', 'rollback', 'abandon'] })),
    ).toBe(
      'run r1 (backup) failed; next: sense-runbook resume r1 or sense-runbook rollback r1 or sense-runbook runs abandon r1',
    );
  });

  it('offers nothing for a run that is at work', () => {
    expect(unfinishedText(sampleRun({ id: 'r1', outcome: 'running', next: [] }))).toBe(
      'run r1 (backup) is running',
    );
  });
});

describe('runReportText', () => {
  it('tells outcome, downtime, steps, warnings, the error and what leads on', () => {
    expect(runReportText(sampleReport())).toBe(`Run        20261124T020000Z-ab12
Site       acme
Runbook    Back up the site (backup)
Outcome    failed
Started    2026-11-24 02:00:00 (2026-11-24T02:00:00.000Z)
Ended      2026-11-24 02:03:05 (2026-11-24T02:03:05.000Z)
Took       3 min 5 s
Site down  52 s (first stop to ready again)
Quiet      40 s (last service stopped to first start)
Made by    sense-runbook 0.1.0
Folder     /state/runs/20261124T020000Z-ab12

Steps
  done              12 s  Stop the services (central)
  failed           3.1 s  Dump <QSR> (central, attempt 2)
                            No space left on device

Warnings
  a log file vanished
    hint: nothing to do

error: Dump QSR failed
changed: services were stopped and started
hint: free space, then resume

run 20261124T020000Z-ab12 (backup) failed; next: sense-runbook resume
  20261124T020000Z-ab12 or sense-runbook rollback 20261124T020000Z-ab12
`);
  });

  it('says so when nothing was stopped', () => {
    const report = sampleReport({ run: sampleRun({ downtime: {} }) });
    expect(runReportText(report)).toContain('Site down  no service was stopped by this run\n');
  });

  it('claims no downtime while services may still be down', () => {
    const lost = { outcome: 'lost', next: ['recover'] } as const;
    for (const downtime of [{}, { downtimeMs: 7000, quietMs: 3000 }])
      expect(runReportText(sampleReport({ run: sampleRun({ ...lost, downtime }) }))).toContain(
        'Site down  not over: services that were stopped may still be down\nMade by',
      );
  });
});

describe('the report of a done run that keeps something', () => {
  const kept = sampleReport({
    run: sampleRun({ id: 'r1', next: ['rollback', 'cleanup'] }),
    steps: [
      {
        step: 'a',
        node: 'central',
        title: 'Swap',
        status: 'done',
        attempt: 1,
        always: false,
        cleanup: 'began',
      },
    ],
  });

  it('says what may still be done with it', () => {
    expect(runReportText(kept)).toContain(`
run r1 is done, can be put back and keeps old data; possible: sense-runbook
  rollback r1 or sense-runbook cleanup r1
`);
    expect(runReportHtml(kept)).toContain('sense-runbook cleanup r1');
    expect(runReportText(sampleReport({ run: sampleRun() }))).not.toContain('possible');
  });

  it('says what is removed of it', () => {
    expect(runReportText(kept)).toContain('what it kept is removed, or a part of it');
    expect(runReportMarkdown(kept)).toContain('| what it kept is removed, or a part of it |');
  });
});

describe('answers of a person', () => {
  const answered = sampleReport({
    answers: [
      {
        step: 'share',
        title: 'Restore the share with a title that is rather long',
        nodes: ['central', 'rim1'],
        answer: 'skip',
        reason: 'there is none',
        who: 'erin',
        at: '2026-11-24T02:01:00.000Z',
      },
    ],
  });

  it('are in every form of the report, with who gave them and why', () => {
    expect(runReportText(answered)).toContain(`
Answers
  skipped  2026-11-24 02:01:00  Restore the share with a title that is rather
                                long (central, rim1), erin
                                  there is none
`);
    expect(runReportMarkdown(answered)).toMatch(
      /\| 2026-11-24 02:01:00 \| erin \| .* \| skipped \| there is none \|/,
    );
    expect(runReportHtml(answered)).toMatch(/<h2>Answers<\/h2>.*erin.*there is none/s);
    expect(runReportText(sampleReport())).not.toContain('Answers');
  });

  it('name what was done by hand', () => {
    const step = {
      step: 'a',
      node: 'central',
      title: 'Swap',
      status: 'done',
      attempt: 1,
      always: false,
    } as const;
    expect(runReportMarkdown(sampleReport({ steps: [{ ...step, byHand: true }] }))).toContain('| by hand |');
  });
});

describe('runReportMarkdown', () => {
  it('escapes what would be markup', () => {
    expect(runReportMarkdown(sampleReport())).toContain(
      '| Dump \\<QSR\\> | central | failed (attempt 2) | 3.1 s | No space left on device |',
    );
  });
});

describe('runReportHtml', () => {
  it('escapes and loads nothing', () => {
    const page = runReportHtml(sampleReport());
    expect(page).toContain('Dump &lt;QSR&gt;');
    expect(page).not.toContain('<QSR>');
    expect(page).not.toMatch(/<script|src=|href=/);
    expect(page).toContain('sense-runbook resume 20261124T020000Z-ab12');
  });

  it('draws each step where it lay in time', () => {
    // 5 s to 17 s and 20 s to 23.1 s of 23.1 s.
    expect(runReportHtml(sampleReport())).toContain('margin-left:21.65%;width:51.95%');
  });
});
