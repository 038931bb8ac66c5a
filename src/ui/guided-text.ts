import type { GuidedStep } from '../engine/types.ts';
import type { Operation } from '../contract/operation.ts';
import { flowText, formatDuration, wrapCommand, wrapText } from '../foundation/human.ts';
import { predictedFromWords } from '../runbook/prediction-words.ts';
import { isOfManual, sourceWords } from '../runbook/source-words.ts';

const WIDTH = 80;

/** Width of the names in front: `Undo      `. */
const NAMES = 10;

/** More of a kind is told after "show more". */
const OPERATIONS = 8;
const EXPLAIN_LINES = 4;

/** How a step is told. */
export interface GuidedTextOptions {
  readonly operationText: (operation: Operation) => string;
  /** Everything, nothing cut off. */
  readonly full: boolean;
}

/**
 * One step before it is asked about, in 80 columns of plain text: what it does and why, the manual's page, how long it
 * will take, what can be undone, and the exact operations of every node.
 */
export function guidedLines(view: GuidedStep, options: GuidedTextOptions): string[] {
  const { step, number, of, said } = view;
  const isNothing = step.label === 'checked' && step.effect !== 'read';
  const none = isNothing ? 'nothing to do here' : 'no operations are known beforehand';
  const head = `Step ${String(number)} of ${String(of)}: ${step.title}`;
  return [
    '',
    ...wrapText(head, WIDTH, '  '),
    '-'.repeat(WIDTH),
    ...(step.explain === undefined ? [] : fact('Why', explainLines(step.explain, options.full))),
    ...(step.confirm === undefined ? [] : fact('Asks', textLines(step.confirm))),
    ...(step.source === undefined ? [] : sourceLines(step.source)),
    ...fact('Takes', textLines(durationText(step))),
    ...fact('Undo', textLines(WAY_BACK[view.wayBack])),
    ...bracketLines(view),
    ...(view.noSkip === undefined || step.effect === 'read'
      ? []
      : fact('Skip', textLines(`not possible: ${view.noSkip}`))),
    ...(view.noByHand === undefined || step.effect === 'read'
      ? []
      : fact('By hand', textLines(`not possible: ${view.noByHand}`))),
    ...view.nodes.flatMap((node) => nodeLines(node, none, options)),
    ...(view.byHand ? byHandLines(view) : []),
    ...(said === undefined ? [] : ['', ...wrapText(`NOT YET: ${said}`, WIDTH, '  ')]),
  ];
}

const WAY_BACK: Readonly<Record<GuidedStep['wayBack'], string>> = {
  undo: 'can be put back afterwards, with rollback',
  reversed: 'the services it stops are started again at the end of the run, whatever happens',
  'reversed-when-whole':
    'the services it stops are started again at the end of the run, but not while the site is half changed',
  'point-of-no-return': 'POINT OF NO RETURN: afterwards nothing of this run can be rolled back',
  nothing: 'nothing to undo: it only looks',
  none: 'rollback leaves this as it is',
};

function sourceLines(source: string): string[] {
  return isOfManual(source)
    ? fact('Manual', textLines(source))
    : fact('Source', textLines(sourceWords(source)));
}

function byHandLines({ wayBack }: GuidedStep): string[] {
  const started = 'What was running just now is started again at the end of the run, and nothing else. ';
  const words = `Do it by hand now; the lines above say what belongs to it. ${wayBack.startsWith('reversed') ? started : ''}It is looked at then.`;
  return ['', ...wrapText(words, WIDTH)];
}

function durationText(step: GuidedStep['step']): string {
  return step.predictedMs === undefined
    ? 'not known: no earlier run of this site tells'
    : `about ${formatDuration(step.predictedMs)}, going by ${predictedFromWords(step)}`;
}

function bracketLines({ step: { siteConsistent } }: GuidedStep): string[] {
  if (siteConsistent === undefined) return [];
  return fact(
    'Services',
    textLines(
      siteConsistent
        ? 'after this step they may be started again'
        : 'from this step on they must stay stopped until the site is whole again',
    ),
  );
}

function nodeLines(
  { node, operations, notes }: GuidedStep['nodes'][number],
  none: string,
  { operationText, full }: GuidedTextOptions,
): string[] {
  const shown = full ? operations : operations.slice(0, OPERATIONS);
  const more = operations.length - shown.length;
  return [
    ...wrapText(`On ${node}:`, WIDTH, '  '),
    ...notes.flatMap((note) => wrapText(`  note: ${note}`, WIDTH, '    ')),
    ...(operations.length === 0 ? [`  (${none})`] : []),
    ...shown.flatMap((operation) => operationLines(operationText(operation), full)),
    ...(more > 0 ? [`  ... and ${String(more)} more, see "show more"`] : []),
  ];
}

/** Wraps between arguments only, so that a line can be copied; short, one line each. */
function operationLines(text: string, full: boolean): string[] {
  const line = `  > ${text}`;
  if (!full) return [line.length > WIDTH ? `${line.slice(0, WIDTH - 4)} ...` : line];
  return wrapCommand(line, WIDTH, '      ');
}

function explainLines(explain: string, full: boolean): string[] {
  const lines = textLines(flowText(explain));
  return full || lines.length <= EXPLAIN_LINES
    ? lines
    : [...lines.slice(0, EXPLAIN_LINES - 1), '... ("show more" has the rest)'];
}

function textLines(text: string): string[] {
  return wrapText(text, WIDTH - NAMES);
}

function fact(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => ((index === 0 ? name : '').padEnd(NAMES) + line).trimEnd());
}
