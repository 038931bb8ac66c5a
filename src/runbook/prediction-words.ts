import type { Plan, PlanStep } from '../contract/plan.ts';
import { stepsOf } from '../contract/plan.ts';
import { formatCount, formatDuration } from '../foundation/human.ts';

/** Where the prediction of a step is from: `earlier runs`, `runs of backup`, `a drill of this set`. */
export function predictedFromWords({
  predictedFrom,
  executions,
}: Pick<PlanStep, 'predictedFrom' | 'executions'>): string {
  if (predictedFrom === undefined) return 'earlier runs';
  if ('runs' in predictedFrom) return `runs of ${listed(predictedFrom.runs)}`;
  const { drill } = predictedFrom;
  return executions.some(({ input }) => input['set'] === drill)
    ? 'a drill of this set'
    : `a drill of set ${drill}`;
}

/** `3 min 5 s`, or `at least about 3 min 5 s` when some of it is not known; undefined when nothing is. */
export function predictedWords(
  { atLeast, ...whole }: Plan['predicted'],
  which: 'durationMs' | 'downtimeMs',
): string | undefined {
  const [known, part] = [whole[which], atLeast?.[which]];
  if (known !== undefined) return formatDuration(known);
  return part === undefined ? undefined : `at least about ${formatDuration(part)}`;
}

/** How long a plan will take and keep the site down, in one line, and what says so; or why nothing is known. */
export function predictionText(plan: Pick<Plan, 'predicted' | 'sections' | 'always'>): string {
  const { predicted } = plan;
  const duration = predictedWords(predicted, 'durationMs');
  if (duration === undefined)
    return predicted.basedOn === 0
      ? 'nothing yet, this site has no earlier run of this runbook'
      : 'nothing yet, most of it was never measured';
  const about = predicted.durationMs === undefined ? '' : 'about ';
  const down = predictedWords(predicted, 'downtimeMs');
  const steps = stepsOf([...plan.sections.flatMap(({ items }) => items), ...plan.always]).filter(
    ({ skipped }) => skipped === undefined,
  );
  const unknown = steps.filter(({ predictedMs }) => predictedMs === undefined).length;
  const open =
    predicted.durationMs !== undefined || unknown === 0
      ? ''
      : `; ${String(unknown)} of ${formatCount(steps.length, 'step')} ${unknown === 1 ? 'was' : 'were'} never measured`;
  return `${about}${duration}${down === undefined ? '' : `, of which the site is down ${down}`} (from ${sources(predicted, steps)}${open})`;
}

/** `3 earlier runs`, `runs of backup and upgrade, and a drill`. */
function sources({ basedOn }: Plan['predicted'], steps: readonly PlanStep[]): string {
  const known = steps.filter(({ predictedMs }) => predictedMs !== undefined);
  const own = known.some(({ predictedFrom }) => predictedFrom === undefined);
  const from = known.flatMap(({ predictedFrom }) => predictedFrom ?? []);
  const runs = [...new Set(from.flatMap((one) => ('runs' in one ? one.runs : [])))];
  return [
    ...(own ? [`${String(basedOn)} earlier ${basedOn === 1 ? 'run' : 'runs'}`] : []),
    ...(runs.length === 0 ? [] : [`runs of ${listed(runs)}`]),
    ...(from.some((one) => 'drill' in one) ? ['a drill'] : []),
  ].join(', and ');
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
