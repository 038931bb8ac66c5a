import type { JsonObject } from '../contract/json.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import type { PARAM_TYPES } from './schema.ts';

/** Where something stands: takes a path inside it, gives `file:line:column sections[0].steps[1].with.x`. */
export type Where = (path: YamlPath, part?: 'key' | 'value') => string;

/** One parameter of a runbook. */
export interface LoadedParam {
  readonly name: string;
  readonly type: (typeof PARAM_TYPES)[number];
  /** What an `enum` may be. */
  readonly values?: readonly string[];
  /** As written; text may hold expressions. */
  readonly default?: string | number | boolean;
  readonly required: boolean;
  readonly description?: string;
  readonly where: Where;
}

/** One step of a runbook or a hook, its defaults filled in. */
export interface LoadedStep {
  readonly id: string;
  readonly title: string;
  readonly uses: string;
  /** Words of `on` and names of nodes. */
  readonly on: readonly string[];
  /** As written, expressions and all. */
  readonly with: JsonObject;
  readonly when?: string;
  readonly source?: string;
  readonly explain?: string;
  readonly confirm?: string;
  readonly timeoutMs?: number;
  /** `attempts` counts the first one. */
  readonly retry?: { readonly attempts: number; readonly delayMs: number };
  readonly onFailure: 'stop' | 'continue';
  /** `STEP` or `STEP.MILESTONE` beside it that it waits for. */
  readonly after: readonly string[];
  readonly reverses: readonly string[];
  readonly pointOfNoReturn: boolean;
  readonly siteConsistent?: boolean;
  /** `runbook`, or which hook it came from. */
  readonly origin: string;
  readonly where: Where;
}

/** Steps side by side. */
interface LoadedParallel {
  readonly parallel: readonly LoadedStep[];
}

export type LoadedItem = LoadedStep | LoadedParallel;

/** A section of a runbook. */
export interface LoadedSection {
  readonly id: string;
  readonly title?: string;
  readonly preflight: boolean;
  readonly restart: 'whole' | 'step';
  /** All steps on the first node, then all on the next one. */
  readonly nodeByNode?: true;
  readonly items: readonly LoadedItem[];
  readonly where: Where;
}

/** A runbook whose every error that can be found without a site was found. */
export interface LoadedRunbook {
  readonly name: string;
  readonly title: string;
  readonly source?: string;
  readonly file: string;
  readonly sha256: string;
  /** In the order of the file. */
  readonly params: readonly LoadedParam[];
  readonly sections: readonly LoadedSection[];
  readonly always: readonly LoadedItem[];
}

/** The parts of a runbook in the order they run: what a step may refer to stands before it. */
export interface Program {
  readonly sections: readonly LoadedSection[];
  /** Steps of the user's hooks for a failed run. */
  readonly onFailure: readonly LoadedItem[];
  readonly always: readonly LoadedItem[];
}

/** The steps of a list of items, parallel groups flattened. */
export function loadedSteps(items: readonly LoadedItem[]): LoadedStep[] {
  return items.flatMap((item) => ('parallel' in item ? [...item.parallel] : [item]));
}

/** Every item of a program in the order of running. */
export function programItems(program: Program): LoadedItem[] {
  return [...program.sections.flatMap((section) => section.items), ...program.onFailure, ...program.always];
}
