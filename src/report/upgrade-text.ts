import { wrapText } from '../foundation/human.ts';
import type { UpgradeHop, UpgradePlan } from '../upgrade/types.ts';
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
  sourceText,
  takeText,
} from './upgrade-words.ts';

const WIDTH = 80;

const DETAILS = 'Not known, and each decides about a step that begins with "If"';

/** An upgrade plan in lines of 80 columns; `brief`: without what each hop demands. Ends with a newline. */
export function upgradeText(plan: UpgradePlan, { brief = false } = {}): string {
  const lines = [planTitle(plan), '', ...wrap(planSummary(plan))];
  if (plan.hops.length > 0) lines.push('', ...overview(plan));
  for (const blocker of plan.blockedBy)
    lines.push('', ...item('-', cited(blocker)), ...wrap(`  What opens it: ${blocker.opens}`, '  '));
  const [wanted, details] = [false, true].map((detail) =>
    plan.questions.filter((question) => (question.detail ?? false) === detail),
  );
  if (wanted !== undefined && wanted.length > 0) lines.push('', ...questions(wanted));
  if (details !== undefined && details.length > 0)
    lines.push('', DETAILS, ...details.flatMap(({ ask, how }) => item('-', `${ask} ${how}`)));
  if (plan.warnings.length > 0)
    lines.push('', 'Know', ...plan.warnings.flatMap((warning) => item('-', cited(warning))));
  if (plan.alternatives.length > 0) lines.push('', ...alternatives(plan));
  for (const [index, hop] of brief ? [] : plan.hops.entries()) lines.push('', ...hopText(hop, index + 1));
  return `${lines.join('\n')}\n`;
}

function overview({ hops }: UpgradePlan): string[] {
  return hops.flatMap((hop, index) => {
    const why = hop.reasons.map((reason) => `${reason.rule} (${sourceText(reason)})`).join(', ');
    return [
      ...wrap(`${String(index + 1).padStart(2)}. ${hopTitle(hop)}`, '    '),
      ...wrap(`    ${hop.downtime.text}; because of ${why}`, '      '),
    ];
  });
}

function questions(wanted: UpgradePlan['questions']): string[] {
  return [
    'Not known, and needed',
    ...wanted.flatMap(({ ask, how, assumed, otherwise }) => [
      ...item('-', `${ask} Assumed: ${assumed}.`),
      ...wrap(`    ${how}`, '    '),
      ...otherwise.flatMap(({ answer, effect }) => wrap(`    ${answer}: ${effect}`, '    ')),
    ]),
  ];
}

function alternatives(plan: UpgradePlan): string[] {
  return plan.alternatives.flatMap((one, index) => [
    ...(index === 0 ? [] : ['']),
    ...wrap(alternativeTitle(one)),
    ...wrap(`  ${alternativeText(one)}`, '  '),
    ...one.reasons.flatMap((reason) => wrap(`  ${cited(reason)}`, '  ')),
    ...wrap(`  ${takeText(plan, index) ?? ''}`, '  ').filter((line) => line.trim() !== ''),
  ]);
}

function hopText(hop: UpgradeHop, number: number): string[] {
  const lines = wrap(`${String(number)}. ${hopTitle(hop)}`, '   ');
  for (const reason of hop.reasons) lines.push(...indented(`Why: ${cited(reason)}`));
  lines.push(...indented(`Down for ${hop.downtime.text} (${hop.downtime.basis}).`));
  for (const { title, demands } of hopPhases(hop)) {
    lines.push(`   ${title}`);
    for (const demand of demands)
      lines.push(...wrap(`   [ ] ${demandPlace(demand)}: ${cited(demand)}`, '       '));
  }
  lines.push(...indented(`Way back: ${cited(hop.wayBack)}`));
  const noReturn = noReturnText(hop);
  return noReturn === undefined ? lines : [...lines, ...indented(noReturn)];
}

function indented(text: string): string[] {
  return wrap(`   ${text}`, '     ');
}

function item(mark: string, text: string): string[] {
  return wrap(`${mark} ${text}`, '  ');
}

/** A page stays on the line of its "p.". */
function wrap(text: string, indent = ''): string[] {
  return wrapText(text.replace(/\bp\. (?=\d)/g, 'p.\u00a0'), WIDTH, indent).map((line) =>
    line.replaceAll('\u00a0', ' '),
  );
}
