/** A likely cause of a failure, drawn from what an installer wrote. */
export interface LogCause {
  readonly text: string;
  /** The manual's page, and `inference` where the manual tells the cause but not the words of the log. */
  readonly source: string;
}

interface Pattern extends LogCause {
  readonly pattern: RegExp;
}

/** The manual's own words for a missing database (3.9, p. 175). */
const MISSING = /requires an? '?(SenseServices|QSMQ|Licenses?)'? database/gi;

const PATTERNS: readonly Pattern[] = [
  {
    pattern: /Patch was uninstalled with exit code: -1\b/i,
    text:
      'The patch was taken off again because it failed. Compare the patch with the release of this node, look for a ' +
      'database package that was not removed after the Qlik PostgreSQL Installer, and read the log above this line.',
    source: '3.9, p. 175; 2.6, p. 146',
  },
  {
    pattern: /password authentication failed for user "?postgres"?/i,
    text: 'The password of the database superuser (dbpassword) is not the one PostgreSQL has. Set it again, or correct it there.',
    source: '3.9, p. 176; 8.5, p. 304',
  },
  {
    pattern: /password authentication failed for user "?qliksenserepository"?/i,
    text: 'The password of the repository database user is not the one PostgreSQL has.',
    source: '8.6, p. 305 (inference)',
  },
  {
    pattern: /SeSecurityPrivilege/i,
    text:
      'The account lacks the right "Manage auditing and security log" (SeSecurityPrivilege). Give it in the local ' +
      'security policy, log on anew, and run setup again.',
    source: '3.9, p. 176',
  },
  {
    pattern: /\b1053\b|did not respond to the start (?:or )?control request/i,
    text:
      'A service did not start in time (1053). Set ServicesPipeTimeout to 120000, look at the service account, and ' +
      'restart the machine.',
    source: '3.9, p. 176; 8.9, p. 306',
  },
  {
    pattern: /\bError 1920\b|failed to start\. Verify that you have sufficient privileges/i,
    text:
      'A Qlik Sense service did not start. Its account must be a local administrator, with the password it has now; the ' +
      'Repository Service needs its database.',
    source: '8.9, p. 306 (inference)',
  },
  {
    pattern: /no pg_hba\.conf entry for host/i,
    text:
      'PostgreSQL does not let this machine in. Add its address or range to pg_hba.conf (IpRange in spc.cfg), reload ' +
      'PostgreSQL, and run setup again. Where only SSL is let in (hostssl), switch it off while setup runs.',
    source: '8.15, p. 309; 8.14, p. 309',
  },
  {
    pattern: /SSL connection is required|\bhostssl\b|does not support SSL|requires? SSL/i,
    text: 'PostgreSQL asks for SSL, with which setup cannot talk. Switch SSL off while setup runs, and on again afterwards.',
    source: '8.14, p. 309; 6.7, p. 242',
  },
  {
    pattern:
      /certificates?\b[^\n]{0,80}\b(?:not found|could not be found|cannot find|no access|access denied)/i,
    text:
      'The certificates of this node were not found. Run setup as the account that installed the node; otherwise the ' +
      'central node does not find them, and the node has to be installed anew.',
    source: '3.7, p. 173; 3.9, p. 176',
  },
  {
    pattern: /being used by another process|file is in use/i,
    text: 'A file was held by another program. Exclude the Qlik Sense folders from the virus scanner, and end what uses them.',
    source: '3.9, p. 176; 8.10, p. 307 (inference)',
  },
  {
    pattern: /not enough (?:disk )?space|out of disk space|No space left on device/i,
    text: 'The disk is full. Free space (5 GB are needed to install), then run setup again.',
    source: '1.3, p. 19; 8.11, p. 308 (inference)',
  },
];

/** What probably went wrong, most telling first, each cause once. Empty when nothing in the log is known. */
export function causesInLog(text: string): readonly LogCause[] {
  return [
    ...missingDatabases(text),
    ...PATTERNS.filter(({ pattern }) => pattern.test(text)).map(({ text: told, source }) => ({
      text: told,
      source,
    })),
  ];
}

/** All of them at once are not gone: SSL hides them from setup (8.14). */
function missingDatabases(text: string): LogCause[] {
  const names = new Set([...text.matchAll(MISSING)].map(([, name = '']) => databaseName(name)));
  if (names.size === 0) return [];
  const causes = [...names].map((name) => ({
    text: `Setup misses the database ${name}. Create it with its owner qliksenserepository (runbook create-databases), then run setup again.`,
    source: '3.9, p. 175; 2.5, p. 138',
  }));
  if (names.size < 3) return causes;
  return [
    {
      text: 'Setup found none of the databases SenseServices, QSMQ and Licenses: with SSL on, it sees no PostgreSQL. Switch SSL off while setup runs.',
      source: '8.14, p. 309',
    },
    ...causes,
  ];
}

function databaseName(word: string): string {
  const name = word.toLowerCase();
  if (name === 'qsmq') return 'QSMQ';
  return name === 'senseservices' ? 'SenseServices' : 'Licenses';
}
