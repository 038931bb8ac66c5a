import type { OperationParts } from './operation-text.ts';
import type { PlanView, SectionView } from './plan-view.ts';
import type { StepView } from './step-view.ts';

/** How a printed procedure is used. */
const HOW_TO_USE =
  'Do the steps in this order. Tick each one when it is done, and write down who did it and when.';

/** For pages on which there are placeholders. */
const PLACEHOLDERS =
  'What stands in angle brackets, such as <set> or <run>, is known only while it is done: put the real value there.';

/** Operations that are printed together: words, or commands that have the same to be said of them. */
export interface OperationGroup {
  readonly words?: string;
  readonly commands: readonly string[];
  readonly aside: readonly string[];
  readonly hand: boolean;
}

/** `Phase 3 of 8: Stop the services`. */
export function phaseTitle(view: PlanView, index: number): string {
  return `Phase ${String(index + 1)} of ${String(view.sections.length)}: ${view.sections[index]?.title ?? ''}`;
}

/** The whole way before the first step, one line a phase. */
export function overview(view: PlanView): string[] {
  return view.sections.map((section) => {
    const steps = section.groups.flat();
    const range = stepRange(steps);
    const marks = [
      ...(isIdle(section) ? ['nothing to do'] : []),
      ...(section.remark === undefined ? [] : [section.remark]),
      ...(closedText(section) === undefined ? [] : ['THE SITE MUST NOT BE STARTED']),
      ...(steps.some(({ noReturn }) => noReturn) ? ['POINT OF NO RETURN'] : []),
    ];
    return `${section.title}: ${range}${marks.length === 0 ? '' : ` (${marks.join('; ')})`}`;
  });
}

/** Whether nothing of a phase is to be done. */
export function isIdle(section: SectionView): boolean {
  return section.groups.flat().every(({ skipped }) => skipped);
}

/** Where in a phase the site must not be started; undefined: nowhere. */
export function closedText(section: SectionView): string | undefined {
  const steps = section.groups.flat().filter(({ skipped }) => !skipped);
  const first = steps.find(({ closed }) => closed !== undefined);
  if (first === undefined) return undefined;
  const end = steps.find(({ closed }) => closed === 'until');
  const from = first === steps[0] ? '' : ` from step ${String(first.number)} on`;
  const until = end === undefined ? '' : `, until step ${String(end.number)} is done`;
  return `The site must not be started in this phase${from}${until}.`;
}

/** What a phase begins with. */
export function phaseRemarks(section: SectionView): string[] {
  return section.remark === undefined ? [] : [`${section.remark.replace(/^./, (a) => a.toUpperCase())}.`];
}

/** Said before steps that the tool does side by side. */
export function sideBySide(group: readonly StepView[]): string | undefined {
  const steps = group.filter(({ skipped }) => !skipped);
  return steps.length < 2
    ? undefined
    : `Side by side: ${steps.map(({ number }) => String(number)).join(', ')}. By hand one after the other, in this order.`;
}

/** What has to be known to read the page. */
export function readingNotes(view: PlanView): string[] {
  const open = view.sections
    .flatMap(({ groups }) => groups.flat())
    .some(({ nodes }) => nodes.some(({ operations }) => operations.some((text) => /<[a-z]/.test(text))));
  return [HOW_TO_USE, ...(open ? [PLACEHOLDERS] : [])];
}

/** Puts neighbours together of which the same is to be said. */
export function groupParts(parts: readonly OperationParts[]): OperationGroup[] {
  const groups: (OperationGroup & { commands: string[] })[] = [];
  for (const { words, command, aside, hand } of parts) {
    const last = groups.at(-1);
    const alike =
      words === undefined &&
      last !== undefined &&
      last.words === undefined &&
      last.aside.join() === aside.join();
    if (alike && command !== undefined) last.commands.push(command);
    else
      groups.push({
        ...(words === undefined ? {} : { words }),
        commands: command === undefined ? [] : [command],
        aside,
        hand: hand === true,
      });
  }
  return groups;
}

function stepRange(steps: readonly StepView[]): string {
  const numbers = steps.map(({ number }) => number);
  const [first = 0] = numbers;
  return numbers.length === 1
    ? `step ${String(first)}`
    : `steps ${String(first)} to ${String(numbers.at(-1))}`;
}
