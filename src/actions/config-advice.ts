/** What becomes of a configuration file of a set on another, or newly installed, machine. */
export interface ConfigAdvice {
  /** A sentence without its end, for a person. */
  readonly text: string;
  /** The file of the set is never put in place of another. */
  readonly never: boolean;
  /** Why this tool neither copies nor merges it, and what a person does; absent: it may. */
  readonly byHand?: string;
}

/** Where the manual tells how encrypted connection strings are changed (failover of the database). */
export const CONNECTION_STRING_EDITOR = '6.7, p. 254';
/** Where it tells what is set in the files of the database server. */
const SERVER_FILES = '2.5, p. 142-143';

const ADVICE: readonly (readonly [pattern: RegExp, advice: ConfigAdvice])[] = [
  [
    /(?:^|[\\/])host\.cfg$/i,
    {
      never: true,
      text: 'NEVER copy it: it holds the host name, and Qlik Sense writes it itself',
      byHand: 'It names the machine, and Qlik Sense writes it itself.',
    },
  ],
  [
    /(?:^|[\\/])(?:postgresql|pg_hba)\.conf$/i,
    {
      never: true,
      text: `NEVER copy it: carry single settings over (${SERVER_FILES})`,
      byHand: `It belongs to the database server as it is installed: take over by hand what was changed in it (manual ${SERVER_FILES}).`,
    },
  ],
  [
    /(?:^|[\\/])exported certificates(?:[\\/]|$)/i,
    {
      never: true,
      text: 'NEVER copy it: Qlik Sense writes it itself from the certificates (6.1, p. 219)',
      byHand:
        'The Repository Service writes these files itself from the certificate stores; export those for other machines again in the QMC.',
    },
  ],
  [
    /\.exe\.config$/i,
    {
      never: true,
      text: `NEVER copy the whole file, its connection strings are encrypted for the old machine (${CONNECTION_STRING_EDITOR}): compare, and carry single keys over`,
    },
  ],
  [
    /\.reg$/i,
    {
      never: false,
      text: 'Import it with regedit, as said below',
      byHand: 'Import it with regedit where the ODBC data sources are missing; passwords are not in it.',
    },
  ],
];
const OTHERS: ConfigAdvice = { never: false, text: 'Compare it, and copy it on the same release only' };

/** Whether and how a configuration file may be put back; `path` as it was, or as it is in the set. */
export function configAdvice(path: string): ConfigAdvice {
  return ADVICE.find(([pattern]) => pattern.test(path))?.[1] ?? OTHERS;
}
