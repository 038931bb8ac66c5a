import { stringify } from 'yaml';
import type { SiteAnswers } from './answers.ts';
import type { FoundPrograms } from './discover.ts';

/** Text of a site file and what a person still has to write into it. */
export interface SiteFileText {
  readonly text: string;
  /** Keys that the file must have and that were not known; their lines are commented out. */
  readonly missing: readonly string[];
}

/** Writes a commented site file. What is not known is a commented line with an example, for a person to fill in. */
export function siteFileText(
  answers: SiteAnswers,
  found: { readonly clientPrograms?: readonly FoundPrograms[] } = {},
): SiteFileText {
  const missing: string[] = [];
  const required = (path: string, known: boolean, lines: readonly string[]): string[] => {
    if (known) return [...lines];
    missing.push(path);
    return [NOT_KNOWN, ...lines.map((line) => `# ${line}`)];
  };
  const sections = [
    HEAD,
    ['# Name of the site: small letters, digits and -. Typed to confirm what cannot be undone.'],
    required('name', answers.name !== undefined, [`name: ${value(answers.name ?? 'production')}`]),
    [''],
    qlikLines(answers),
    (answers.licenseFound ?? []).map((line) => `# Found: ${line}`),
    [''],
    [...NODES, ...(answers.failover === undefined ? [] : [`# ${answers.failover}`])],
    required('nodes', answers.nodes.length > 0, nodeLines(answers)),
    [''],
    DATABASE,
    required(
      'database',
      answers.databaseHost !== undefined,
      databaseLines(answers, found.clientPrograms ?? []),
    ),
    [''],
    ['# The file share. Folders of it that lie elsewhere are named, what need not be kept is left out.'],
    required('share', answers.shareRoot !== undefined, [
      'share:',
      `  root: ${value(answers.shareRoot ?? '\\\\fileserver\\QlikShare')}`,
      optional('apps', answers.shareApps, 'E:\\Apps'),
      optional('static-content', answers.shareStaticContent, 'E:\\StaticContent'),
      optional('archived-logs', answers.shareArchivedLogs, 'E:\\ArchivedLogs'),
      '  # exclude: [Temp]',
    ]),
    [''],
    ['# Certificates are exported with their private keys; this password protects the files.'],
    required('certificates', answers.certificatePassword !== undefined, [
      'certificates:',
      `  password: ${value(answers.certificatePassword ?? { secret: 'certificates' })}`,
      '  # include: [0123456789ABCDEF0123456789ABCDEF01234567]   # thumbprints, such as that of the proxy',
    ]),
    [''],
    ['# Where backup sets are kept: neither on the disk of the site nor inside its file share.'],
    required('vault', answers.vaultFolder !== undefined, [
      'vault:',
      `  folder: ${value(answers.vaultFolder ?? '\\\\backup\\qlik')}`,
      '  # minimum-free: 20 GB',
      '  # workers: 4',
      '  # Which sets stay: all that any of these rules keeps, always the newest complete and the newest proven one.',
      '  # Days, weeks, months and years are those of UTC. Without retention no set is ever removed.',
      '  # retention:',
      '  #   last: 3       # so many of the newest',
      '  #   daily: 7      # the newest of a day, for so many days that have one; the next three alike',
      '  #   weekly: 4',
      '  #   monthly: 12',
      '  #   yearly: 3',
      '  #   within: 14d   # everything not older than this before the newest set',
    ]),
    [''],
    OPTIONAL_BEFORE_EXTRA,
    extraLines(answers),
    [''],
    OPTIONAL,
  ];
  if (answers.nodes.some(({ transport }) => transport === undefined)) missing.push('transport');
  return { text: `${sections.flat().join('\n')}\n`, missing };
}

const NOT_KNOWN = '# Not known yet: fill in and remove the # in front.';

const HEAD = [
  '# A Qlik Sense site, for sense-runbook. Lines that begin with # show an example or the default.',
  '# Write Windows paths without quotes or in single quotes, never in double quotes.',
  '# Passwords are never written here, only where they are kept:',
  '#   { secret: NAME }                 kept by "sense-runbook secret set NAME"',
  '#   { env: NAME }                    in an environment variable',
  '#   { file: PATH }                   in a file that only the account of the task can read',
  '#   { command: [PROGRAM, ARGUMENT] } printed by a program',
  '#   { prompt: true }                 asked for at the terminal',
  '',
];

const NODES = [
  '# Every server of the site; exactly one is central. transport tells how it is reached:',
  '# local (this machine), winrm or ssh.',
];

const DATABASE = [
  '# The PostgreSQL server of the repository. Without a password here, pgpass is used.',
  '# Client programs newer than the server need "clients: allow-newer".',
];

const OPTIONAL_BEFORE_EXTRA = [
  '# Log folders on every node.',
  '# logs:',
  '#   folders: [C:\\ProgramData\\Qlik\\Sense\\Log]',
  '',
  '# Settings that are kept from every node besides the usual ones; * stands for any one name.',
  '# config:',
  '#   also: [C:\\Program Files\\Qlik\\Sense\\Printing\\*.config]',
  '',
];

const OPTIONAL = [
  '# Steps of your own before or after a runbook or one of its steps, or when it fails.',
  '# hooks:',
  '#   - runbook: backup',
  '#     after:',
  '#       - id: tell-monitoring',
  '#         uses: command.run',
  '#         with: { argv: [C:\\Tools\\notify.exe, backup], effect: read }',
  '',
  '# Time limits.',
  '# timeouts:',
  '#   service-stop: 5m',
  '#   service-start: 5m',
  '#   ready: 15m',
  '#   drain: 5m        # wait for running reloads before the services are stopped; 0s: do not',
  '#   dump: 12h',
  '#   command: 10m',
  '#   connect: 30s',
  '',
  '# Where runs, locks and secrets are kept, instead of the usual folder.',
  '# state: E:\\sense-runbook',
];

function qlikLines(answers: SiteAnswers): string[] {
  const { release, installFolder, programDataFolder } = answers;
  if (release === undefined && installFolder === undefined && programDataFolder === undefined)
    return ['# qlik:', ...qlikKeys(answers).map((line) => line.replace(/^ {2}(# )?/, '#   '))];
  return ['qlik:', ...qlikKeys(answers)];
}

function qlikKeys({ release, installFolder, programDataFolder }: SiteAnswers): string[] {
  return [
    optional('release', release, 'May 2025'),
    optional('install-folder', installFolder, 'C:\\Program Files\\Qlik\\Sense'),
    optional('program-data-folder', programDataFolder, 'C:\\ProgramData\\Qlik\\Sense'),
  ];
}

function nodeLines({ nodes }: SiteAnswers): string[] {
  const known =
    nodes.length > 0
      ? nodes
      : ([
          { name: 'central', host: 'QLIK01', role: 'central', failoverCandidate: false, transport: 'local' },
        ] as const);
  return [
    'nodes:',
    ...known.flatMap((node) => [
      `  - name: ${value(node.name)}`,
      `    host: ${value(node.host)}`,
      `    role: ${node.role}`,
      ...(node.failoverCandidate ? ['    failover-candidate: true'] : []),
      ...(node.transport === undefined
        ? [`    ${NOT_KNOWN}`, '    # transport: winrm']
        : [`    transport: ${node.transport}`]),
    ]),
  ];
}

function databaseLines(answers: SiteAnswers, programs: readonly FoundPrograms[]): string[] {
  return [
    'database:',
    ...(answers.databaseFound ?? []).map((line) => `  # Found: ${line}`),
    `  host: ${value(answers.databaseHost ?? 'localhost')}`,
    `  port: ${value(answers.databasePort ?? 4432)}`,
    `  user: ${value(answers.databaseUser ?? 'postgres')}`,
    optional('password', answers.databasePassword, { secret: 'database' }),
    '  # ssl: true',
    optional('names', answers.databaseNames, ['QSR', 'SenseServices', 'QSMQ', 'Licenses']),
    '  # Folder of pg_dump and psql; looked for when left out.',
    ...programs.map(({ folder, version }) => `  # Found: version ${version} in ${folder}`),
    optional('bin', answers.bin, programs[0]?.folder ?? 'C:\\Program Files\\PostgreSQL\\14\\bin'),
    '  # clients: allow-newer',
  ];
}

function extraLines({ extra }: SiteAnswers): string[] {
  const known = extra ?? [];
  const lines = (entries: readonly { name: string; folder: string; node?: string }[]): string[] =>
    entries.flatMap(({ name, folder, node }) => [
      `  - name: ${value(name)}`,
      `    folder: ${value(folder)}`,
      ...(node === undefined ? [] : [`    node: ${value(node)}`]),
    ]);
  const example = lines([{ name: 'qvd', folder: 'E:\\QVD', node: 'central' }]);
  return [
    '# Other folders the site needs: QVD files, connectors.',
    ...(known.length === 0
      ? ['# extra:', ...example.map((line) => `# ${line}`)]
      : ['extra:', ...lines(known)]),
  ];
}

function optional(key: string, known: unknown, example: unknown): string {
  return known === undefined ? `  # ${key}: ${value(example)}` : `  ${key}: ${value(known)}`;
}

function value(known: unknown): string {
  return stringify(known, {
    collectionStyle: 'flow',
    flowCollectionPadding: !Array.isArray(known),
    singleQuote: true,
    lineWidth: 0,
  }).trimEnd();
}
