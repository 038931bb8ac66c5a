import { messageOf, UsageError } from '../contract/errors.ts';
import { awaited } from '../contract/plan.ts';
import { nearest } from '../foundation/nearest.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import { parseExpression, referencesOf } from './expression.ts';
import type { Reference } from './expression.ts';
import { loadedSteps, programItems } from './loaded.ts';
import type { LoadedParam, LoadedStep, Program } from './loaded.ts';
import { RUN_NAMES, stepReference, unknownName } from './scope.ts';
import { expressionsIn } from './template.ts';

/** A reference and where it stands in its step. */
interface Use {
  readonly path: YamlPath;
  readonly reference: Reference;
}

/** A step with its place in the order of running: steps side by side have the same. */
interface Placed {
  readonly step: LoadedStep;
  readonly index: number;
  readonly uses: readonly Use[];
}

/**
 * What is wrong between the steps of a program: ids twice, names that do not exist, references to what runs later,
 * unbalanced brackets, preflight sections after others. `unreadable` are ids of steps that have mistakes of their own.
 */
export function checkOrder(
  program: Program,
  context: { readonly params: readonly LoadedParam[]; readonly unreadable?: readonly string[] },
): string[] {
  const problems: string[] = [];
  const placed = programItems(program).flatMap((item, index) =>
    loadedSteps([item]).map((step): Placed => ({ step, index, uses: usesOf(step, problems) })),
  );
  checkTwice(program, placed, problems);
  for (const entry of placed) {
    for (const use of entry.uses) checkUse(entry, use, placed, context, problems);
    checkAfter(entry, placed, problems);
    entry.step.reverses.forEach((id, index) => {
      const target = placed.find((candidate) => candidate.step.id === id);
      const path = entry.step.reverses.length > 1 ? ['reverses', index] : ['reverses'];
      const message =
        target === undefined
          ? unknownStep(id, placed, context.unreadable)
          : lateness(entry, target, placed, 'reverses');
      if (message !== undefined) problems.push(`${entry.step.where(path)}: ${message}`);
    });
  }
  checkBrackets(program, problems);
  return problems;
}

function usesOf(step: LoadedStep, problems: string[]): Use[] {
  const uses: Use[] = [];
  const { expressions, problems: bad } = expressionsIn(step.with);
  for (const problem of bad) problems.push(`${step.where(['with', ...problem.path])}: ${problem.message}`);
  for (const { path, expression } of expressions)
    for (const reference of referencesOf(expression)) uses.push({ path: ['with', ...path], reference });
  if (step.when === undefined) return uses;
  try {
    for (const reference of referencesOf(parseExpression(step.when)))
      uses.push({ path: ['when'], reference });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(`${step.where(['when'])}: ${messageOf(error)}`);
  }
  return uses;
}

function checkTwice(program: Program, placed: readonly Placed[], problems: string[]): void {
  const ids = new Set<string>();
  for (const { step } of placed) {
    if (ids.has(step.id))
      problems.push(`${step.where(['id'])}: the id "${step.id}" is used twice; ids must differ`);
    ids.add(step.id);
  }
  const sections = new Set<string>();
  let ordinary = false;
  for (const section of program.sections) {
    if (section.id !== '' && sections.has(section.id))
      problems.push(`${section.where(['id'])}: the section "${section.id}" exists twice; ids must differ`);
    sections.add(section.id);
    if (section.preflight && ordinary)
      problems.push(
        `${section.where(['preflight'])}: preflight sections must come before all other sections`,
      );
    ordinary ||= !section.preflight;
  }
}

function checkUse(
  entry: Placed,
  use: Use,
  placed: readonly Placed[],
  context: { readonly params: readonly LoadedParam[]; readonly unreadable?: readonly string[] },
  problems: string[],
): void {
  const message = useProblem(entry, use, placed, context);
  if (message !== undefined) problems.push(`${entry.step.where(use.path)}: ${message}`);
}

function useProblem(
  entry: Placed,
  { path, reference }: Use,
  placed: readonly Placed[],
  context: { readonly params: readonly LoadedParam[]; readonly unreadable?: readonly string[] },
): string | undefined {
  switch (reference.root) {
    case 'site':
      return undefined;
    case 'run':
      return (RUN_NAMES as readonly string[]).includes(reference.path[0] ?? '')
        ? undefined
        : unknownName(reference, 0, RUN_NAMES).message;
    case 'params': {
      const param = context.params.find((candidate) => candidate.name === reference.path[0]);
      if (param === undefined)
        return unknownName(
          reference,
          0,
          context.params.map((candidate) => candidate.name),
        ).message;
      if (param.type === 'secret' && path[0] === 'when')
        return `params.${param.name} is a secret; it may stand only in "with"`;
      return undefined;
    }
    case 'steps':
      return stepProblem(entry, reference, placed, context.unreadable);
  }
}

function stepProblem(
  entry: Placed,
  reference: Reference,
  placed: readonly Placed[],
  unreadable: readonly string[] = [],
): string | undefined {
  const { id, node, rest } = stepReference(reference);
  const target = placed.find((candidate) => candidate.step.id === id);
  if (target === undefined) return unknownStep(id, placed, unreadable);
  const kind = reference.path[1];
  if ((kind !== 'outputs' && kind !== 'nodes') || reference.path.length <= rest)
    return `write steps.${id}.outputs.NAME, or steps.${id}.nodes.NODE.NAME`;
  if (node === undefined && mayBeMany(target.step.on))
    return `"${id}" may run on several nodes; write steps.${id}.nodes.NODE.${reference.path.slice(rest).join('.')}`;
  return lateness(entry, target, placed, 'uses what comes from');
}

function unknownStep(
  id: string,
  placed: readonly Placed[],
  unreadable: readonly string[] = [],
): string | undefined {
  if (unreadable.includes(id)) return undefined;
  const near = nearest(
    id,
    placed.map(({ step }) => step.id),
  );
  return `there is no step "${id}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function mayBeMany(on: readonly string[]): boolean {
  return on.length > 1 || ['all', 'rims', 'failover'].includes(on[0] ?? '');
}

/** What is wrong when `entry` needs something of `target`, which does not run before it. */
function lateness(
  entry: Placed,
  target: Placed,
  placed: readonly Placed[],
  verb: string,
): string | undefined {
  if (target.index < entry.index) return undefined;
  const from = entry.step.id;
  const to = target.step.id;
  if (from === to) return `"${from}" ${verb} itself (cycle: ${from} -> ${from})`;
  if (target.index === entry.index && waitsFor(entry.step, to, placed)) return undefined;
  if (target.index === entry.index)
    return `"${from}" ${verb} "${to}", which runs at the same time, not before it`;
  const chain = [from, ...(chainBetween(to, from, placed, []) ?? [to, from])];
  return `"${from}" ${verb} "${to}", which runs after it (cycle: ${chain.join(' -> ')})`;
}

/** `after` names steps above it in the same group: so nothing can wait for itself. */
function checkAfter({ step, index }: Placed, placed: readonly Placed[], problems: string[]): void {
  const group = placed.filter((candidate) => candidate.index === index).map((candidate) => candidate.step.id);
  step.after.forEach((entry, at) => {
    const { step: id } = awaited(entry);
    const path = step.after.length > 1 ? ['after', at] : ['after'];
    if (group.indexOf(id) !== -1 && group.indexOf(id) < group.indexOf(step.id)) return;
    const message =
      group.length === 1
        ? 'may stand only in a parallel group; elsewhere steps run one after another'
        : `there is no step "${id}" above "${step.id}" in its parallel group`;
    problems.push(`${step.where(path)}: ${message}`);
  });
}

/** Whether a step of a parallel group begins only when `target` of the same group is done. */
function waitsFor(step: LoadedStep, target: string, placed: readonly Placed[]): boolean {
  return step.after
    .map(awaited)
    .filter(({ milestone }) => milestone === undefined)
    .some(({ step: id }) => {
      const other = placed.find((candidate) => candidate.step.id === id)?.step;
      // Only upwards, so that a mistake cannot make it go round in circles.
      return (
        id === target ||
        (other !== undefined &&
          other !== step &&
          above(other, step, placed) &&
          waitsFor(other, target, placed))
      );
    });
}

function above(one: LoadedStep, other: LoadedStep, placed: readonly Placed[]): boolean {
  const place = (step: LoadedStep): number => placed.findIndex((candidate) => candidate.step === step);
  return place(one) < place(other);
}

/** How `from` depends on `to` through outputs, if it does. */
function chainBetween(
  from: string,
  to: string,
  placed: readonly Placed[],
  seen: readonly string[],
): string[] | undefined {
  if (from === to) return [to];
  if (seen.includes(from)) return undefined;
  const entry = placed.find(({ step }) => step.id === from);
  for (const { reference } of entry?.uses ?? []) {
    if (reference.root !== 'steps') continue;
    const rest = chainBetween(reference.path[0] ?? '', to, placed, [...seen, from]);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

/** `site-consistent: false` opens, `true` closes, in the sections only and never side by side. */
function checkBrackets(program: Program, problems: string[]): void {
  let open: LoadedStep | undefined;
  const add = (step: LoadedStep, message: string): void => {
    problems.push(`${step.where(['site-consistent'])}: ${message}`);
  };
  const outside = [...program.onFailure, ...program.always];
  for (const step of loadedSteps(outside))
    if (step.siteConsistent !== undefined) add(step, 'may stand only in a section');
  for (const item of program.sections.flatMap((section) => section.items)) {
    for (const step of loadedSteps([item])) {
      if (step.siteConsistent === undefined) continue;
      if ('parallel' in item) add(step, 'may not stand in a parallel group');
      else if (step.origin !== 'runbook') add(step, 'may not stand in a hook');
      else if (step.siteConsistent) {
        if (open === undefined) add(step, 'closes a bracket that no step before it opens with "false"');
        else if (open.when !== step.when)
          add(step, `must have the same "when" as the step that opens the bracket, "${open.id}"`);
        open = undefined;
      } else {
        if (open !== undefined) add(step, `the bracket of "${open.id}" is still open`);
        open = step;
      }
    }
  }
  if (open !== undefined) add(open, 'opens a bracket that no later step closes with "true"');
}
