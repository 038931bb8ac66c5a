/** Replaces every registered secret in text by `***`. One a process; secrets are registered when they are read. */
export interface Redactor {
  /** Values shorter than 4 characters are not registered: they would blot out ordinary text. */
  register(secret: string): void;
  redact(text: string): string;
}

/** Makes an empty redactor. Also hides the JSON-escaped and the URL-encoded form of a secret. */
export function createRedactor(): Redactor {
  const forms = new Set<string>();
  let ordered: string[] = [];
  return {
    register(secret) {
      if (secret.length < 4) return;
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
        forms.add(form);
      // Longest first, so that a secret containing another one is hidden whole.
      ordered = [...forms].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      return ordered.reduce((current, form) => current.replaceAll(form, '***'), text);
    },
  };
}
