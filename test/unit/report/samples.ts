import type { Plan, PlanStep } from '../../../src/contract/plan.ts';
import type { RunReport, RunSummary } from '../../../src/engine/types.ts';

/** A step with everything optional left out. */
export function sampleStep(id: string, changes: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    title: `Do ${id}`,
    uses: 'command.run',
    effect: 'read',
    label: 'checked',
    executions: [],
    with: {},
    onFailure: 'stop',
    reverses: [],
    pointOfNoReturn: false,
    origin: 'runbook',
    ...changes,
  };
}

/** A small backup plan: a check, a stop on two nodes, two dumps side by side, a start. */
export function samplePlan(changes: Partial<Plan> = {}): Plan {
  const none = { outputs: {}, notes: [], input: {} };
  return {
    schemaVersion: 1,
    tool: 'sense-runbook 0.1.0',
    runbook: {
      name: 'backup',
      title: 'Back up the site',
      source: '5.6, p. 208',
      file: 'backup.yaml',
      sha256: 'x',
    },
    site: 'acme',
    createdAt: '2026-11-24T02:00:00.000Z',
    params: { quiesce: 'full', jobs: 2, drain: 5_400_000 },
    durations: ['drain'],
    sections: [
      {
        id: 'preflight',
        title: 'Checks',
        preflight: true,
        restart: 'step',
        items: [
          sampleStep('nodes', {
            title: 'Every node answers',
            executions: [{ node: 'central', operations: [], ...none }],
          }),
        ],
      },
      {
        id: 'quiet',
        preflight: false,
        restart: 'whole',
        items: [
          sampleStep('stop', {
            title: 'Stop the Qlik Sense services, the database keeps running',
            effect: 'change',
            source: '5.6 step 1, p. 208',
            explain: 'The services write to the database and the share.\nThey must be quiet.',
            predictedMs: 42_000,
            executions: [
              {
                node: 'central',
                ...none,
                notes: ['the scheduler first'],
                operations: [
                  { kind: 'service', verb: 'stop', service: 'QlikSenseSchedulerService', effect: 'change' },
                ],
              },
              {
                node: 'rim1',
                ...none,
                operations: [
                  {
                    kind: 'service',
                    verb: 'stop',
                    service: 'QlikSenseProxyService',
                    effect: 'change',
                    repeat: true,
                  },
                ],
              },
            ],
          }),
          {
            parallel: [
              sampleStep('dump', {
                title: 'Dump QSR',
                label: 'unknown until begin',
                executions: [
                  {
                    node: 'central',
                    ...none,
                    operations: [
                      {
                        kind: 'command',
                        argv: [
                          'pg_dump',
                          '-h',
                          'localhost',
                          '-p',
                          '4432',
                          '-U',
                          'postgres',
                          '-b',
                          '-F',
                          't',
                          '-f',
                          'D:\\My Vault\\<set>\\databases\\QSR_backup.tar',
                          'QSR',
                        ],
                        env: ['PGPASSFILE'],
                        effect: 'change',
                      },
                    ],
                  },
                ],
              }),
              sampleStep('logs', { title: 'Copy the logs', skipped: 'no log folders' }),
            ],
          },
        ],
      },
    ],
    always: [sampleStep('start', { title: 'Start what was stopped', effect: 'change', reverses: ['stop'] })],
    onFailure: [],
    fingerprint: {},
    checks: [
      { id: 'a', status: 'ok', message: 'both nodes answer' },
      { id: 'b', status: 'warning', message: 'certificate expires soon', hint: 'renew it', node: 'rim1' },
    ],
    predicted: { durationMs: 185_000, downtimeMs: 50_000, basedOn: 3 },
    warnings: ['the client programs are newer than the server'],
    ...changes,
  };
}

/** A run as a history shows it. */
export function sampleRun(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id: '20261124T020000Z-ab12',
    folder: '/state/runs/20261124T020000Z-ab12',
    runbook: 'backup',
    title: 'Back up the site',
    startedAt: '2026-11-24T02:00:00.000Z',
    endedAt: '2026-11-24T02:03:05.000Z',
    outcome: 'done',
    durationMs: 185_000,
    downtime: { quietMs: 40_000, downtimeMs: 52_300 },
    holdsSite: false,
    next: [],
    ...changes,
  };
}

/** The report of a failed run. */
export function sampleReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    schemaVersion: 1,
    answers: [],
    run: sampleRun({ outcome: 'failed', holdsSite: true, next: ['resume', 'rollback'] }),
    site: 'acme',
    tool: 'sense-runbook 0.1.0',
    steps: [
      {
        step: 'stop',
        node: 'central',
        title: 'Stop the services',
        status: 'done',
        attempt: 1,
        startedAt: '2026-11-24T02:00:05.000Z',
        durationMs: 12_000,
        always: false,
      },
      {
        step: 'dump',
        node: 'central',
        title: 'Dump <QSR>',
        status: 'failed',
        attempt: 2,
        startedAt: '2026-11-24T02:00:20.000Z',
        durationMs: 3100,
        reason: 'No space left on device',
        always: false,
      },
    ],
    warnings: [{ message: 'a log file vanished', hint: 'nothing to do' }],
    checks: [],
    error: {
      name: 'StepError',
      message: 'Dump QSR failed',
      hint: 'free space, then resume',
      changed: 'services were stopped and started',
    },
    ...changes,
  };
}
