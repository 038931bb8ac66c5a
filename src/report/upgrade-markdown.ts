import type { UpgradeHop, UpgradePlan } from '../upgrade/types.ts';
import { escapeMarkdown, markdownTable, wrapMarkdown } from './markdown.ts';
import {
  alternativeText,
  alternativeTitle,
  cited,
  demandPlace,
  hopPhases,
  hopTitle,
  noReturnText,
  planSummary,
  planTitle,
  takeText,
} from './upgrade-words.ts';

/** An upgrade plan as Markdown, with a box to tick at every demand. Ends with a newline. */
export function upgradeMarkdown(plan: UpgradePlan): string {
  const lines = [`# ${escapeMarkdown(planTitle(plan))}`, '', ...paragraph(planSummary(plan))];
  if (plan.hops.length > 0)
    lines.push(
      '',
      ...markdownTable(
        ['#', 'Hop', 'Because of', 'Down for'],
        plan.hops.map((hop, index) => [
          String(index + 1),
          hopTitle(hop),
          hop.reasons.map(({ rule }) => rule).join(', '),
          hop.downtime.text,
        ]),
      ),
    );
  for (const blocker of plan.blockedBy)
    lines.push('', ...bullet(`${cited(blocker)} What opens it: ${blocker.opens}`));
  lines.push(...section('Not known, and needed', questions(plan)));
  lines.push(
    ...section(
      'Know',
      plan.warnings.flatMap((warning) => bullet(cited(warning))),
    ),
  );
  for (const [index, one] of plan.alternatives.entries()) {
    const take = takeText(plan, index);
    lines.push(
      ...section(alternativeTitle(one), [
        ...paragraph(alternativeText(one)),
        ...one.reasons.flatMap((reason) => ['', ...paragraph(cited(reason))]),
        ...(take === undefined ? [] : ['', ...paragraph(take)]),
      ]),
    );
  }
  for (const [index, hop] of plan.hops.entries())
    lines.push(...section(`${String(index + 1)}. ${hopTitle(hop)}`, hopLines(hop)));
  return `${lines.join('\n')}\n`;
}

function questions(plan: UpgradePlan): string[] {
  return plan.questions.flatMap(({ ask, how, assumed, otherwise, detail }) => [
    ...bullet(`${ask}${detail === true ? '' : ` Assumed: ${assumed}.`} Answer with ${how}.`),
    ...otherwise.flatMap(({ answer, effect }) =>
      wrapMarkdown(`  - ${escapeMarkdown(`${answer}: ${effect}`)}`, '', '    '),
    ),
  ]);
}

function hopLines(hop: UpgradeHop): string[] {
  const lines = hop.reasons.flatMap((reason) => bullet(`Why: ${cited(reason)}`));
  lines.push(...bullet(`Down for ${hop.downtime.text} (${hop.downtime.basis}).`));
  for (const { title, demands } of hopPhases(hop)) {
    lines.push('', `### ${title}`, '');
    for (const demand of demands)
      lines.push(
        ...wrapMarkdown(`- [ ] ${escapeMarkdown(`${demandPlace(demand)}: ${cited(demand)}`)}`, '', '      '),
      );
  }
  const noReturn = noReturnText(hop);
  lines.push('', ...paragraph(`Way back: ${cited(hop.wayBack)}`));
  return noReturn === undefined ? lines : [...lines, '', ...paragraph(noReturn)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${escapeMarkdown(title)}`, '', ...lines];
}

function paragraph(text: string): string[] {
  return wrapMarkdown(escapeMarkdown(text));
}

function bullet(text: string): string[] {
  return wrapMarkdown(`- ${escapeMarkdown(text)}`, '', '  ');
}
