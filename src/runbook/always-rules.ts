import { loadedSteps } from './loaded.ts';
import type { Program } from './loaded.ts';

/** Waits for a person, however long that takes. */
const WAITS_FOR_A_PERSON = 'human.confirm';

/**
 * What would keep services down: a step that waits for a person among the always-steps, before one that starts services again, or
 * beside it (design rule 1). Nobody may be there at night, and no time limit ends the wait.
 */
export function checkAlways({ always }: Pick<Program, 'always'>): string[] {
  const last = always.findLastIndex((item) =>
    loadedSteps([item]).some(({ reverses }) => reverses.length > 0),
  );
  return loadedSteps(always.slice(0, last + 1))
    .filter(({ uses }) => uses === WAITS_FOR_A_PERSON)
    .map(
      (step) =>
        `${step.where(['uses'])}: ${WAITS_FOR_A_PERSON} cannot stand before always-steps that start services again: ` +
        'they would stay down until someone answers; put it before or after the runbook, or after the last of these steps',
    );
}
