/** An exit code of the vendor's installers. */
export interface InstallerExitCode {
  readonly code: number;
  /** The vendor's words. */
  readonly meaning: string;
  /** What to do. The manual has none: it is the tool's advice, drawn from the pages in `source`. */
  readonly remedy: string;
  /** Where the code stands, and what the advice is drawn from. */
  readonly source: string;
}

const PAGE = '8.11, p. 308';
const READ_LOG = 'Read the log of setup (in %TEMP%, or where -log says) from its end for the first error.';

/** The manual's complete list (8.11), in its order. */
export const INSTALLER_EXIT_CODES: readonly InstallerExitCode[] = [
  { code: 0, meaning: 'Success', remedy: 'Nothing to do.', source: PAGE },
  {
    code: -1,
    meaning: 'General fatal error',
    remedy: `${READ_LOG} 3.9 names the usual cause: a missing component or database.`,
    source: `${PAGE}; 3.9, p. 175`,
  },
  {
    code: -2,
    meaning: 'Command line parsing error',
    remedy: 'Compare the arguments with those of this mode: install and upgrade know different ones.',
    source: `${PAGE}; 4.1, p. 178; 4.2, p. 184`,
  },
  { code: -3, meaning: 'Not implemented error', remedy: READ_LOG, source: PAGE },
  {
    code: -4,
    meaning: 'Downgrade',
    remedy: 'A newer release is installed: take the setup of a later one, or restore a backup of the older.',
    source: PAGE,
  },
  {
    code: -5,
    meaning: 'Malformed bundle XML',
    remedy: 'Download setup again and compare its hash: the file may be damaged.',
    source: PAGE,
  },
  {
    code: -6,
    meaning: 'Install condition not met',
    remedy: 'Compare Windows, .NET, processor and disk with the system requirements of the release.',
    source: `${PAGE}; 1.3, p. 19`,
  },
  {
    code: -7,
    meaning: 'Unknown upgrade scenario',
    remedy: 'Look at the upgrade path: the installed release may need another one in between.',
    source: `${PAGE}; 3.3, p. 165`,
  },
  {
    code: -8,
    meaning: 'Pending reboot must be applied first',
    remedy: 'Restart the machine, then run setup again.',
    source: PAGE,
  },
  {
    code: -9,
    meaning: 'Patch run with no baseline installed',
    remedy: 'The patch belongs to another release: install that release first, or take its own patch.',
    source: `${PAGE}; 3.7, p. 173`,
  },
  {
    code: -10,
    meaning: 'Disallowed setup process running',
    remedy: 'End other installations and Windows updates, then run setup again.',
    source: PAGE,
  },
  { code: -11, meaning: 'Unsupported minor upgrade error', remedy: READ_LOG, source: PAGE },
  {
    code: -12,
    meaning: 'Invalid policy',
    remedy: 'Lift a policy that allows signed PowerShell scripts only while setup runs.',
    source: `${PAGE}; 1.3, p. 20`,
  },
  {
    code: -13,
    meaning: 'User validation failed',
    remedy: 'Check name and password of the service account (userpassword).',
    source: `${PAGE}; 4.2, p. 184`,
  },
  {
    code: -14,
    meaning: 'Database superuser password validation error',
    remedy:
      'Check the password of the database superuser (dbpassword), and that PostgreSQL runs without SSL.',
    source: `${PAGE}; 8.5, p. 304; 8.14, p. 309`,
  },
  { code: -15, meaning: 'Not supported error', remedy: READ_LOG, source: PAGE },
  {
    code: -16,
    meaning: 'Host name from certificate retrieval error',
    remedy: 'Run setup as the account that installed this node: another one does not find its certificates.',
    source: `${PAGE}; 3.3, p. 167`,
  },
  {
    code: -17,
    meaning: 'Inconsistent upgrade',
    remedy: 'Compare releases and patches of all nodes, and what an earlier upgrade left behind.',
    source: `${PAGE}; 3.3, p. 167`,
  },
  { code: -18, meaning: 'General silent workflow error', remedy: READ_LOG, source: PAGE },
  {
    code: -19,
    meaning: 'OS bitness not supported',
    remedy: 'A 64-bit Windows is needed.',
    source: `${PAGE}; 1.3, p. 19`,
  },
  {
    code: -20,
    meaning: 'OS too old',
    remedy: 'Move to a Windows that the release supports: to a new machine by a restore, or upgrade Windows.',
    source: `${PAGE}; 1.3, p. 19`,
  },
  {
    code: -21,
    meaning: 'OS type not supported',
    remedy: 'Take a Windows of the system requirements.',
    source: `${PAGE}; 1.3, p. 19`,
  },
  {
    code: -22,
    meaning: 'Patch is superseded',
    remedy: 'A later patch is installed, which has this one in it: nothing to install.',
    source: `${PAGE}; 3.7, p. 173`,
  },
  { code: -23, meaning: 'General MSI Error', remedy: READ_LOG, source: PAGE },
  {
    code: -24,
    meaning: 'Disabled services exist',
    remedy: 'Give the Qlik Sense services a start type other than disabled, then run setup again.',
    source: PAGE,
  },
  {
    code: -1335,
    meaning: 'CAB is corrupt',
    remedy: 'Download setup again and compare its hash.',
    source: PAGE,
  },
  {
    code: -1601,
    meaning: 'Disk space',
    remedy: 'Free disk space (5 GB are needed to install), then run setup again.',
    source: `${PAGE}; 1.3, p. 19`,
  },
  {
    code: -1602,
    meaning: 'User exit',
    remedy: 'Somebody closed setup; look what is installed before it is run again.',
    source: PAGE,
  },
  {
    code: -1923,
    meaning: 'Cannot install service',
    remedy: 'Run setup elevated, and look for a service of that name that is marked for deletion (restart).',
    source: PAGE,
  },
  { code: -7777, meaning: 'Unknown dark process exception', remedy: READ_LOG, source: PAGE },
];

/**
 * What an exit code means. Windows shows negative codes as large numbers, too: 4294967288 is -8.
 * Undefined for a code that the manual does not have.
 */
export function explainExitCode(code: number): InstallerExitCode | undefined {
  const signed = code > 0x7fffffff ? code - 0x1_0000_0000 : code;
  return INSTALLER_EXIT_CODES.find((entry) => entry.code === signed);
}
