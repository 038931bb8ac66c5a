/** Parts of a whole set that one may be made without, when there was nothing to make them of. */
export const SET_PARTS = ['certificates', 'share'] as const;

/** One of {@link SET_PARTS}. */
export type SetPart = (typeof SET_PARTS)[number];

const WORDS: Readonly<Record<SetPart, string>> = { certificates: 'certificates', share: 'file share' };

/** What the manifest says that the set was made without; a whole set says nothing. */
export function lackedParts(manifest: Readonly<Record<string, unknown>>): SetPart[] {
  const lacks: unknown = manifest['lacks'];
  return Array.isArray(lacks) ? SET_PARTS.filter((part) => lacks.includes(part)) : [];
}

/** As a sentence goes on after "it has": `no certificates and no file share`. */
export function lackedWords(lacks: readonly SetPart[]): string {
  return lacks.map((part) => `no ${WORDS[part]}`).join(' and ');
}
