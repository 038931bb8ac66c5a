import type { Action, ReversedStep } from '../../src/contract/action.ts';
import { testAction } from './engine.ts';

/** A site of two things, `old` or `new`, and services that run or not. */
export function restorableSite() {
  const is: Record<string, string> = {};
  const undone: string[] = [];
  const ranWhile: Record<string, string[]> = {};
  const broken = new Set<string>();
  let running = ['Engine', 'Printing'];
  function restoring(name: string, more: Partial<Action> = {}): Action {
    function change() {
      ranWhile[name] = [...running];
      is[name] = 'new';
      return Promise.resolve({});
    }
    return testAction(name, change, {
      before: () => is[name] ?? 'old',
      undo: (_input, before) => {
        if (broken.has(name)) return Promise.reject(new Error(`${name} cannot be put back`));
        undone.push(name);
        ranWhile[name] = [...running];
        is[name] = before as string;
        return Promise.resolve();
      },
      ...more,
    });
  }
  const seen: ReversedStep[][] = [];
  const stop = testAction('stop', () => ((running = []), Promise.resolve({})), {
    before: () => ({ running }),
  });
  const start = testAction('start', ({ reversed }) => {
    seen.push([...reversed]);
    const wanted = reversed.flatMap(({ before }) => (before as { running: string[] }).running);
    running = [...new Set([...running, ...wanted])];
    return Promise.resolve({});
  });
  return {
    is,
    undone,
    /** What ran while a thing was changed or put back last. */
    ranWhile,
    broken,
    restoring,
    seen,
    actions: [stop, start],
    running: () => running,
    set: (services: string[]) => (running = services),
  };
}
