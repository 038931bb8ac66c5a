import { describe, expect, it } from 'vitest';
import { approvalLines } from '../../../src/engine/approvals.ts';
import type { ServiceOperation } from '../../../src/contract/operation.ts';
import { planOf, planSection, planStep } from '../../helpers/engine.ts';

function stopping(node: string, more: { skipped?: string } = {}) {
  const operation: ServiceOperation = { kind: 'service', verb: 'stop', service: 'Engine', effect: 'change' };
  const executions = [{ node, input: {}, operations: [operation], outputs: {}, notes: [] }];
  return planStep(`stop-${node}`, { executions, ...more });
}

describe('the lines under the question', () => {
  it('name every node whose services stop', () => {
    const plan = planOf([planSection([stopping('rim-1'), stopping('central')])]);
    expect(approvalLines(plan)).toEqual(['Test runbook', 'Services are stopped on: rim-1, central']);
  });

  it('name none when nothing stops', () => {
    const plan = planOf([planSection([stopping('central', { skipped: 'not wanted' }), planStep('copy')])]);
    expect(approvalLines(plan)).toEqual(['Test runbook']);
  });
});
