import { formatCount, wrapText } from '../foundation/human.ts';
import { policyText, type Retention, type RetentionPolicy } from '../vault/retention.ts';
import { TEXT_WIDTH } from './plan-text.ts';
import { textTable } from './text-table.ts';

/** What becomes of the sets, and by which rules; undefined: none are set. */
export interface RetentionView extends Retention {
  readonly policy: RetentionPolicy | undefined;
}

/** What becomes of each set and why, oldest first. Ends with a newline. */
export function retentionText({ decisions, blocked, policy }: RetentionView): string {
  const lines = policy === undefined ? [] : [`Retention: ${policyText(policy)}`];
  if (blocked !== undefined) lines.push(...wrapText(blocked, TEXT_WIDTH));
  if (decisions.length === 0) return `${[...lines, 'No backup sets yet.'].join('\n')}\n`;
  const [set, decision] = ['SET'.padEnd(23), 'BECOMES'];
  const whyWidth = TEXT_WIDTH - set.length - decision.length - 4;
  const rows = decisions.flatMap((one) => {
    const [first = '', ...more] = wrapText(one.reasons.join('; '), whyWidth);
    const word = one.decision === 'keep' ? 'stays' : 'GOES';
    return [[one.set, word, first], ...more.map((text) => ['', '', text])];
  });
  const going = decisions.filter((one) => one.decision === 'remove').length;
  return `${[
    ...lines,
    ...(lines.length === 0 ? [] : ['']),
    ...textTable([{ title: 'SET' }, { title: decision }, { title: 'WHY' }], rows),
    '',
    going === 0
      ? 'Nothing is removed.'
      : `${formatCount(going, 'set')} of ${String(decisions.length)} ${going === 1 ? 'goes' : 'go'}`,
  ].join('\n')}\n`;
}

/** The document of `backups prune --dry-run --json`. `within` of the policy is milliseconds. */
export function retentionJson({ decisions, blocked, policy }: RetentionView): object {
  return { schemaVersion: 1, policy: policy ?? null, blocked: blocked ?? null, sets: decisions };
}
