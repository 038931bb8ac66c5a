import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { readDiscovery } from '../discovery/windows.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';
import { ASK_INSTALLED } from './installed-release.ts';
import { judgeWindows } from './windows-findings.ts';

/**
 * What Windows knows of a node and a backup may trip over: accounts, a pending restart, .NET Framework, free space, which
 * PostgreSQL it is. Elsewhere nothing is asked.
 */
export function createCheckWindows(
  c: Pick<ActionCollaborators, 'site'>,
): Action<Record<string, never>, null> {
  return createCheck({
    name: 'check.windows',
    input: z.strictObject({}),
    // It takes seconds.
    whilePlanning: false,
    operations: (_input, { node }) => (node.discover === undefined ? [] : [ASK_INSTALLED]),
    async probe(_input, { node, signal }, look) {
      const { discover } = node;
      const id = 'windows';
      const told = (check: CheckResult) => ({ checks: [{ ...check, node: node.name }] });
      if (discover === undefined)
        return told({
          id,
          status: 'ok',
          message:
            node.transport === 'sc'
              ? `${node.host} was not asked what Windows knows: it is reached by sc.exe alone.`
              : `${node.host} is not Windows.`,
        });
      try {
        const findings = readDiscovery(await look(ASK_INSTALLED, discover));
        const checks = judgeWindows(findings, node, c.site);
        return { checks: checks.map((check) => ({ ...check, node: node.name })) };
      } catch (error) {
        signal.throwIfAborted();
        const hint = adviceOf(error);
        return told({
          id,
          status: 'warning',
          message: `${node.host} does not say what Windows knows: ${factOf(error)}`,
          ...(hint === undefined ? {} : { hint }),
        });
      }
    },
  });
}
