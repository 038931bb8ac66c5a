/**
 * Lets callers share one answer: while it is being fetched, and for `forMs` milliseconds after it came. What failed is
 * asked again by the next caller.
 */
export function shareAnswer<T>(ask: () => Promise<T>, forMs: number, now: () => number): () => Promise<T> {
  let shared: { readonly answer: Promise<T>; until: number } | undefined;
  return () => {
    if (shared !== undefined && now() < shared.until) return shared.answer;
    const asked = { answer: ask(), until: Infinity };
    shared = asked;
    asked.answer.then(
      () => {
        asked.until = now() + forMs;
      },
      () => {
        asked.until = 0;
      },
    );
    return asked.answer;
  };
}
