/** How a locale is called on Linux and, since PostgreSQL 16, on Windows: `en_US.UTF-8`, `en-US`. */
const TAG = /^([a-z]{2,3})[_-]([A-Z]{2})(?:[.@].*)?$/i;
/** How Windows calls it: `English_United States.1252`. */
const WORDS = /^([^_.]+)_([^.]+?)(?:\.[\w-]+)?$/;

/** Whether two names of a locale differ in their spelling only: `en_US.UTF-8`, `en_US.utf8`. */
export function sameSpelling(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/**
 * Whether two names mean the same language and country, whatever system and encoding they are for:
 * `English_United States.1252`, `en_US.UTF-8`, `en-US`.
 */
export function sameLanguage(one: string, other: string): boolean {
  return sameSpelling(one, other) || languageOf(one) === languageOf(other);
}

/** The ways in which a server may call a locale that another one calls `name`. */
export function spellings(name: string): string[] {
  const [base, encoding] = name.split('.', 2);
  const utf8 = encoding !== undefined && /^utf-?8$/i.test(encoding);
  return [
    ...new Set([name, ...(utf8 ? ['UTF-8', 'utf8', 'UTF8'].map((form) => `${base ?? ''}.${form}`) : [])]),
  ];
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '');
}

function languageOf(name: string): string {
  const tag = TAG.exec(name);
  if (tag?.[1] !== undefined && tag[2] !== undefined) {
    const language = new Intl.DisplayNames(['en'], { type: 'language' }).of(tag[1].toLowerCase());
    const region = new Intl.DisplayNames(['en'], { type: 'region' }).of(tag[2].toUpperCase());
    return `${language ?? ''}_${region ?? ''}`.toLowerCase();
  }
  const words = WORDS.exec(name);
  return words === null ? plain(name) : `${words[1] ?? ''}_${words[2] ?? ''}`.toLowerCase();
}
