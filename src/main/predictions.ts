import type { PlanStep } from '../contract/plan.ts';
import type { Engine } from '../engine/types.ts';
import type { Predict } from '../runbook/predict.ts';
import type { SetSource } from '../vault/vault.ts';
import { readComparableRuns, type ComparableRuns } from './comparable-runs.ts';
import { newestDrill } from './drilled.ts';
import { readHistory } from './history.ts';

/** What tells how long things took on a site. */
export interface PredictionSources {
  readonly engine: Pick<Engine, 'runs' | 'report' | 'plan'>;
  /** The vault and its copies: the histories of their sets tell of drills. */
  readonly sets: readonly Pick<SetSource, 'histories'>[];
}

/**
 * Predicts the steps of a runbook: by its own good runs; where these do not tell, by those of other runbooks that did the same;
 * the loading of databases by a drill. Who has to restore has never restored before.
 */
export async function openPredictions(
  { engine, sets }: PredictionSources,
  runbook: string,
): Promise<{ readonly predict: Predict; readonly history: { readonly runs: number } }> {
  const all = await engine.runs();
  const own = await readHistory(engine, all, runbook);
  // A night's backup knows all of its steps: then the runs of others are not read.
  let others: Promise<ComparableRuns> | undefined;

  return {
    history: { runs: own.runs },
    async predict(step) {
      const known = own.predict(step.id);
      if (known !== undefined) return { predictedMs: known };
      if (step.skipped !== undefined) return undefined;
      others ??= readComparableRuns(engine, all, runbook);
      const same = (await others).predict(step);
      if (same !== undefined)
        return { predictedMs: same.milliseconds, predictedFrom: { runs: same.runbooks } };
      const drill = loadsAll(step) ? await newestDrill(sets, setOf(step)) : undefined;
      return drill && { predictedMs: drill.restoreMs, predictedFrom: { drill: drill.set } };
    },
  };
}

/** A drill loads all databases of a set, so it says nothing of one of them. */
function loadsAll({ uses, executions }: PlanStep): boolean {
  return (
    uses === 'restore.load' &&
    executions.every(({ input }) => [input['databases'] ?? ''].flat().every((name) => name === ''))
  );
}

function setOf({ executions }: PlanStep): string | undefined {
  const set = executions[0]?.input['set'];
  return typeof set === 'string' ? set : undefined;
}
