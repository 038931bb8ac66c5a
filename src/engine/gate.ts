/** What steps of a parallel group wait at for another step of it. */
export interface Gate {
  /** True once the step is done, or has reached the milestone on each of its nodes; false when it failed before. */
  passed(milestone?: string): Promise<boolean>;
  /** One execution has reached a milestone. */
  reach(milestone: string): void;
  /** The step has ended. */
  close(done: boolean): void;
}

/** Makes the gate of a step that runs on so many nodes. */
export function createGate(executions: number): Gate {
  const reached = new Map<string, number>();
  const waiting: { milestone: string | undefined; pass: (done: boolean) => void }[] = [];
  let end: boolean | undefined;

  const isReached = (milestone: string | undefined): boolean =>
    milestone !== undefined && executions > 0 && (reached.get(milestone) ?? 0) >= executions;

  return {
    passed(milestone) {
      if (isReached(milestone)) return Promise.resolve(true);
      if (end !== undefined) return Promise.resolve(end);
      return new Promise((resolve) => waiting.push({ milestone, pass: resolve }));
    },
    reach(milestone) {
      reached.set(milestone, (reached.get(milestone) ?? 0) + 1);
      for (const one of waiting) if (isReached(one.milestone)) one.pass(true);
    },
    close(done) {
      end = done;
      for (const one of waiting) one.pass(done);
    },
  };
}
