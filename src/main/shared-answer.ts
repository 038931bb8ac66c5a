/**
 * Lets callers share the answer about one thing: while it is being fetched, and for `forMs` milliseconds after it came.
 * What failed is asked again by the next caller.
 */
export function shareAnswers<T>(
  ask: (about: string) => Promise<T>,
  forMs: number,
  now: () => number,
): (about: string) => Promise<T> {
  const shared = new Map<string, { readonly answer: Promise<T>; until: number }>();
  return (about) => {
    const known = shared.get(about);
    if (known !== undefined && now() < known.until) return known.answer;
    const asked = { answer: ask(about), until: Infinity };
    shared.set(about, asked);
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
