/** What becomes of a configuration file of a set on another, or newly installed, machine. */
export interface ConfigAdvice {
  /** A sentence without its end, for a person. */
  readonly text: string;
  /** The file of the set is never put in place of another. */
  readonly never: boolean;
}

const ADVICE: readonly (readonly [pattern: RegExp, advice: ConfigAdvice])[] = [
  [
    /(?:^|[\\/])host\.cfg$/i,
    { never: true, text: 'NEVER copy it: it holds the host name, and Qlik Sense writes it itself' },
  ],
  [
    /(?:^|[\\/])(?:postgresql|pg_hba)\.conf$/i,
    { never: true, text: 'NEVER copy it: carry single settings over (2.5, p. 142-143)' },
  ],
  [
    /exported certificates$/i,
    { never: true, text: 'NEVER copy it: Qlik Sense writes it itself from the certificates (6.1, p. 219)' },
  ],
  [
    /\.exe\.config$/i,
    {
      never: true,
      text: 'NEVER copy the whole file, its connection strings are encrypted for the old machine (6.7, p. 254): compare, and carry single keys over',
    },
  ],
  [/odbc-system-dsn\.reg$/i, { never: false, text: 'Import it with regedit, as said below' }],
];
const OTHERS: ConfigAdvice = { never: false, text: 'Compare it, and copy it on the same release only' };

/** Whether and how a configuration file may be put back; `path` as it was, or as it is in the set. */
export function configAdvice(path: string): ConfigAdvice {
  return ADVICE.find(([pattern]) => pattern.test(path))?.[1] ?? OTHERS;
}
