import { majorVersion } from '../versions.ts';
import type { HopKind, UpgradeHop } from '../types.ts';

/** How a kind of hop is carried out. */
export interface HopRunbook {
  readonly runbook: string;
  /** What the plan says of the hop, and of the one after it, as parameters of that runbook. */
  readonly params: (hop: UpgradeHop, next: UpgradeHop | undefined) => Readonly<Record<string, string>>;
  /** The installer it takes. */
  readonly medium?: {
    /** The parameter that its path is given by. */
    readonly param: string;
    readonly program: string;
    /** The folder below that of all media; undefined when the plan does not tell which. */
    readonly folder: (hop: UpgradeHop) => string | undefined;
  };
  /** Its run makes the backup set itself, of what is left: there is no site that `backup` could back up. */
  readonly backsUpItself?: true;
  /** The parameter that says that the vendor's licence is accepted. */
  readonly licence?: string;
  /** Rules whose demands on a person the run itself leads through and looks at, by its parameters. */
  readonly leads?: (params: Readonly<Record<string, string>>) => readonly string[];
  /** The strongest approval that its run wants. */
  readonly approval: 'change' | 'destroy';
}

const SETUP = 'Qlik_Sense_setup.exe';
const UPDATE = 'Qlik_Sense_update.exe';

/** Every kind of hop with the runbook that carries it out. */
export const HOP_RUNBOOKS: Readonly<Record<HopKind, HopRunbook>> = {
  upgrade: {
    runbook: 'upgrade',
    params: ({ to }) => ({ to }),
    medium: { param: 'setup', program: SETUP, folder: ({ to }) => to },
    licence: 'acceptEula',
    leads: ({ ssl }) => (ssl === 'guided' ? ['ssl-off', 'ssl-on'] : ssl === 'on-again' ? ['ssl-on'] : []),
    approval: 'destroy',
  },
  patch: {
    runbook: 'patch',
    params: ({ to }) => ({ to }),
    medium: { param: 'update', program: UPDATE, folder: ({ to }) => to },
    approval: 'change',
  },
  'uninstall-patch': {
    runbook: 'uninstall-patch',
    params: ({ to }) => ({ to }),
    // The program of the very patch that is installed takes it away.
    medium: {
      param: 'update',
      program: UPDATE,
      folder: ({ from, stateBefore }) => (typeof stateBefore.patch === 'number' ? from : undefined),
    },
    approval: 'change',
  },
  'postgres-qpi': {
    runbook: 'upgrade-postgres-qpi',
    // Setup of a later release brings the programs that are to be installed again otherwise (2.6, p. 150).
    params: (_hop, next): Record<string, string> => (next?.kind === 'upgrade' ? { upgradeNext: 'true' } : {}),
    medium: { param: 'setup', program: 'Qlik_PostgreSQL_setup.exe', folder: () => '.' },
    licence: 'acceptLicence',
    approval: 'destroy',
  },
  'postgres-standalone': {
    runbook: 'upgrade-postgres-standalone',
    params: ({ stateAfter }) => ({ to: majorVersion(stateAfter.postgres.version) }),
    approval: 'change',
  },
  'upgrade-after-uninstall': {
    runbook: 'upgrade-after-uninstall',
    params: ({ to }) => ({ to }),
    medium: { param: 'setup', program: SETUP, folder: ({ to }) => to },
    backsUpItself: true,
    approval: 'destroy',
  },
};

/** The runbook that makes the safety backup of a hop, and what proves it. */
export const SAFETY_BACKUP = { runbook: 'backup', params: { drill: 'always' } } as const;

/** The parameter by which a hop learns which set is its safety backup. */
export const BACKUP_PARAM = 'backup';
