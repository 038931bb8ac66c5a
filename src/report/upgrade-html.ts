import type { UpgradeHop, UpgradePlan } from '../upgrade/types.ts';
import { escapeHtml, htmlPage } from './html-page.ts';
import type { cited } from './upgrade-words.ts';
import {
  alternativeText,
  alternativeTitle,
  demandPlace,
  hopPhases,
  hopTitle,
  noReturnText,
  planSummary,
  planTitle,
  sourceText,
  stateLines,
  takeText,
} from './upgrade-words.ts';

/** Boxes in a row that break onto further lines; told by border and words, not by colour alone. */
const STYLE = `
.path{list-style:none;padding:0;display:flex;flex-wrap:wrap;align-items:stretch;gap:.4rem 0}
.path li{display:flex;align-items:center}.state{border:2px solid #33557f;border-radius:.4rem;padding:.4rem .7rem;background:#f3f7fc}
.state small,.hop small{display:block;color:#444}.goal .state{border-width:4px}.start .state{border-style:dashed}
.hop{padding:0 .6rem;text-align:center;font-size:.85rem;max-width:9rem}.hop b{display:block;font-size:1.2rem;line-height:1}
.demands{list-style:none;padding-left:.5rem}.inference{border-bottom:1px dashed #8a4b00}
.stop{border-left:4px solid #a40000;padding-left:.6rem}@media print{h2,h3{break-after:avoid}li{break-inside:avoid}.stop{break-before:avoid}}
`;

/** An upgrade plan as one self-contained page without scripts, with the path drawn as boxes. */
export function upgradeHtml(plan: UpgradePlan): string {
  const parts = [`<h1>${escapeHtml(planTitle(plan))}</h1>`, paragraph(planSummary(plan))];
  if (plan.hops.length > 0) parts.push(drawing(plan));
  for (const blocker of plan.blockedBy)
    parts.push(`<p class="stop">${citedHtml(blocker)}<br>What opens it: ${escapeHtml(blocker.opens)}</p>`);
  parts.push(...section('Not known, and needed', plan.questions.map(questionHtml)));
  parts.push(...section('Know', plan.warnings.map(citedHtml)));
  for (const [index, one] of plan.alternatives.entries())
    parts.push(
      `<h2>${escapeHtml(alternativeTitle(one))}</h2>`,
      paragraph(alternativeText(one)),
      ...one.reasons.map((reason) => `<p>${citedHtml(reason)}</p>`),
      ...[takeText(plan, index)].flatMap((take) => (take === undefined ? [] : [paragraph(take)])),
    );
  for (const [index, hop] of plan.hops.entries()) parts.push(hopHtml(hop, index + 1));
  return htmlPage(planTitle(plan), parts.join('\n'), STYLE);
}

function drawing({ hops }: UpgradePlan): string {
  const [first] = hops;
  const boxes =
    first === undefined ? [] : [`<li class="start">${stateHtml(stateLines(first.stateBefore))}</li>`];
  for (const [index, hop] of hops.entries()) {
    const last = index === hops.length - 1 ? ' class="goal"' : '';
    const arrow = `<span class="hop"><b>&rarr;</b>${String(index + 1)}. ${escapeHtml(hop.kind)}<small>${escapeHtml(hop.downtime.text)}</small></span>`;
    boxes.push(`<li${last}>${arrow}${stateHtml(stateLines(hop.stateAfter))}</li>`);
  }
  return `<ol class="path">\n${boxes.join('\n')}\n</ol>`;
}

function stateHtml([release, postgres]: readonly [string, string]): string {
  return `<span class="state">${escapeHtml(release)}<small>${escapeHtml(postgres)}</small></span>`;
}

function hopHtml(hop: UpgradeHop, number: number): string {
  const noReturn = noReturnText(hop);
  return [
    `<h2>${escapeHtml(`${String(number)}. ${hopTitle(hop)}`)}</h2>`,
    ...hop.reasons.map((reason) => `<p>Why: ${citedHtml(reason)}</p>`),
    paragraph(`Down for ${hop.downtime.text} (${hop.downtime.basis}).`),
    ...hopPhases(hop).flatMap(({ title, demands }) => [
      `<h3>${title}</h3>`,
      '<ul class="demands">',
      ...demands.map(
        (demand) =>
          `<li><label><input type="checkbox"> <b>${escapeHtml(demandPlace(demand))}</b>: ${citedHtml(demand)}</label></li>`,
      ),
      '</ul>',
    ]),
    `<p>Way back: ${citedHtml(hop.wayBack)}</p>`,
    ...(noReturn === undefined ? [] : [`<p class="stop">${escapeHtml(noReturn)}</p>`]),
  ].join('\n');
}

function questionHtml({ ask, how, assumed, otherwise, detail }: UpgradePlan['questions'][number]): string {
  const answers = otherwise.map(({ answer, effect }) => `<br>${escapeHtml(`${answer}: ${effect}`)}`);
  const taken = detail === true ? '' : ` Assumed: ${assumed}.`;
  return `${escapeHtml(`${ask}${taken}`)} <code>${escapeHtml(how)}</code>${answers.join('')}`;
}

function citedHtml(reason: Parameters<typeof cited>[0]): string {
  const mark = reason.confidence === 'C' ? ' class="inference"' : '';
  return `${escapeHtml(reason.text)} <small${mark}>(${escapeHtml(sourceText(reason))})</small>`;
}

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`<h2>${title}</h2>`, '<ul>', ...items.map((one) => `<li>${one}</li>`), '</ul>'];
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}
