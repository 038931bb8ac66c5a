import { nearest } from '../foundation/nearest.ts';
import { pathText } from '../foundation/yaml-positions.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import type { SiteHook } from '../site/schema.ts';
import { inside, readItems } from './items.ts';
import { loadedSteps } from './loaded.ts';
import type { LoadedItem, LoadedRunbook, LoadedSection, LoadedStep, Program, Where } from './loaded.ts';
import { mistakesError } from './problems.ts';

/** A hook of the site file, its steps checked like those of a runbook. */
export interface LoadedHook {
  readonly runbook: string;
  /** Absent: the hook belongs to the whole runbook. */
  readonly step?: string;
  readonly when: 'before' | 'after' | 'on-failure';
  readonly items: readonly LoadedItem[];
  /** Place of the hook's steps in the site file. */
  readonly where: Where;
}

/**
 * Checks the hooks of a site file. `runbooks` are the names that exist: a hook for another one would never run.
 * @throws UsageError with one line a mistake: `file:line:column path: what is wrong`.
 */
export function loadHooks(
  hooks: readonly SiteHook[],
  locate: (path: YamlPath, part?: 'key' | 'value') => string,
  runbooks?: readonly string[],
): LoadedHook[] {
  const problems: string[] = [];
  const site: Where = (path, part) => `${locate(path, part)} ${pathText(path)}`;
  const loaded = hooks.map((hook): LoadedHook => {
    const where = inside(site, hook.path);
    if (runbooks !== undefined && !runbooks.includes(hook.runbook)) {
      const near = nearest(hook.runbook, runbooks);
      problems.push(
        `${where([])}: there is no runbook "${hook.runbook}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    }
    const target = hook.step === undefined ? hook.runbook : `${hook.runbook}/${hook.step}`;
    return {
      runbook: hook.runbook,
      ...(hook.step === undefined ? {} : { step: hook.step }),
      when: hook.when,
      items: readItems(hook.steps, where, `hook ${hook.when} ${target} (${locate(hook.path)})`, problems),
      where,
    };
  });
  if (problems.length > 0) throw mistakesError(problems);
  return loaded;
}

/** Puts the hooks of this runbook into it. What names no step of it goes into `problems`. */
export function mergeHooks(
  runbook: LoadedRunbook,
  hooks: readonly LoadedHook[],
  problems: string[],
): Program {
  const own = hooks.filter((hook) => hook.runbook === runbook.name);
  const ids = [...runbook.sections.flatMap((section) => section.items), ...runbook.always]
    .flatMap((item) => loadedSteps([item]))
    .map((step) => step.id);
  for (const hook of own) {
    if (hook.step === undefined || ids.includes(hook.step)) continue;
    const near = nearest(hook.step, ids);
    problems.push(
      `${hook.where([])}: the runbook ${runbook.name} has no step "${hook.step}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    );
  }
  const ofRunbook = (when: LoadedHook['when']): LoadedItem[] =>
    own.flatMap((hook) => (hook.step === undefined && hook.when === when ? hook.items : []));
  const around = (items: readonly LoadedItem[]): LoadedItem[] =>
    items.flatMap((item) => [
      ...ofSteps(own, 'before', outerSteps(item)),
      withInnerHooks(own, item),
      ...ofSteps(own, 'after', outerSteps(item)),
    ]);
  const sections = runbook.sections.map((section) => ({ ...section, items: around(section.items) }));
  const firstOrdinary = sections.findIndex((section) => !section.preflight);
  const start = firstOrdinary === -1 ? sections.length : firstOrdinary;
  return {
    sections: [
      ...sections.slice(0, start),
      ...hookSection('hooks-before', 'Before the runbook', ofRunbook('before')),
      ...sections.slice(start),
      ...hookSection('hooks-after', 'After the runbook', ofRunbook('after')),
    ],
    onFailure: [
      ...own.flatMap((hook) =>
        hook.step !== undefined && hook.when === 'on-failure'
          ? hook.items.map((item) => onlyWhen(item, `run.failedStep == "${hook.step ?? ''}"`))
          : [],
      ),
      ...ofRunbook('on-failure'),
    ],
    always: around(runbook.always),
  };
}

/** Steps whose hooks stand around the whole item. */
function outerSteps(item: LoadedItem): LoadedStep[] {
  return loadedSteps([item]).filter(({ after }) => after.length === 0);
}

/**
 * A step of a parallel group that waits for others runs at a time of its own: its hooks wait and are waited for with it,
 * inside the group.
 */
function withInnerHooks(hooks: readonly LoadedHook[], item: LoadedItem): LoadedItem {
  if (!('parallel' in item)) return item;
  const steps: LoadedStep[] = [];
  /** The step, and which steps to wait for instead of it. */
  const instead = new Map<string, readonly string[]>();
  function add(items: readonly LoadedItem[], begin: readonly string[]): readonly string[] {
    let after = begin;
    for (const one of items) {
      const added = loadedSteps([one]).map((step) => ({ ...step, after: [...after, ...step.after] }));
      steps.push(...added);
      after = added.map(({ id }) => id);
    }
    return after;
  }
  for (const step of item.parallel) {
    const after = step.after.flatMap((entry) => instead.get(entry) ?? [entry]);
    if (after.length === 0) steps.push(step);
    else {
      const ready = add(ofSteps(hooks, 'before', [step]), after);
      steps.push({ ...step, after: ready });
      instead.set(step.id, add(ofSteps(hooks, 'after', [step]), [step.id]));
    }
  }
  return { parallel: steps };
}

/** The hooks of some steps; they run only when their step does. */
function ofSteps(
  hooks: readonly LoadedHook[],
  when: LoadedHook['when'],
  steps: readonly LoadedStep[],
): LoadedItem[] {
  return steps.flatMap((step) =>
    hooks
      .filter((hook) => hook.step === step.id && hook.when === when)
      .flatMap((hook) =>
        step.when === undefined ? hook.items : hook.items.map((own) => onlyWhen(own, step.when ?? '')),
      ),
  );
}

function onlyWhen(item: LoadedItem, condition: string): LoadedItem {
  const limited = (step: LoadedStep): LoadedStep => ({
    ...step,
    when: step.when === undefined ? condition : `(${condition}) && (${step.when})`,
  });
  return 'parallel' in item ? { parallel: item.parallel.map(limited) } : limited(item);
}

function hookSection(id: string, title: string, items: readonly LoadedItem[]): LoadedSection[] {
  return items.length === 0
    ? []
    : [{ id, title, preflight: false, restart: 'step', items, where: (path) => pathText(path) }];
}
