import * as z from 'zod';
import { closed } from '../foundation/shape.ts';
import { ageField, durationField, hostField, nameField, pathField, sizeField, waitField } from './fields.ts';
import { copySchema, vaultRepositorySchema } from './repository-schema.ts';
import { secretReferenceSchema } from './secret-reference.ts';

/** Releases as Qlik names them; `3.1 SR2` and the like came before them. */
const RELEASE_PATTERN =
  /^((January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d( Patch \d+)?|3\.[012]( SR\d+)?)$/;

const THUMBPRINT_PATTERN = /^([0-9A-Fa-f]{2} ?){20}$/;

/** Where Qlik Sense keeps its certificates (manual 5.4, p. 189). */
const STORES = ['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My'] as const;

const qlik = closed({
  release: z
    .string()
    .regex(RELEASE_PATTERN, { error: 'must be a release such as "May 2025" or "February 2024 Patch 3"' })
    .optional()
    .describe('Release as "Programs and Features" shows it: May 2025'),
  'install-folder': pathField('Folder of the programs').default('C:\\Program Files\\Qlik\\Sense'),
  'program-data-folder': pathField('Folder of data, logs and settings').default(
    'C:\\ProgramData\\Qlik\\Sense',
  ),
});

const node = closed({
  name: nameField('How runbooks and messages name the node'),
  host: hostField('Host name of the server'),
  role: z.enum(['central', 'rim']),
  'failover-candidate': z.boolean().default(false).describe('May take over as central node'),
  transport: z
    .enum(['local', 'winrm', 'ssh', 'sc', 'simulated'])
    .describe(
      'How the node is reached; local: it is this machine; winrm, ssh: another server; sc: another server of which only services and files are needed',
    ),
  winrm: closed({
    port: z.int().min(1).max(65_535).optional().describe('Port of WinRM, when it is not the usual one'),
    'use-ssl': z.boolean().optional().describe('HTTPS instead of HTTP'),
  })
    .optional()
    .describe('Only with transport: winrm'),
  ssh: closed({
    user: z
      .string()
      .regex(/^[^-\s"'`$;&<>|(){}\u0000-\u001f][^\s"'`$;&<>|(){}\u0000-\u001f]*$/, {
        error: 'must be an account, such as qlik, ACME\\qlik or qlik@acme.example',
      })
      .optional()
      .describe('Account there; it must be an administrator'),
    port: z.int().min(1).max(65_535).optional().describe('Port, when it is not 22'),
    key: pathField('File of the private key').optional(),
    options: z
      .array(
        z.string().regex(/^[A-Za-z][A-Za-z0-9]*=[^\u0000-\u001f]+$/, {
          error: 'must be an option of ssh, such as ProxyJump=gate',
        }),
      )
      .optional()
      .describe('Options of ssh, such as UserKnownHostsFile=C:\\keys\\known_hosts'),
  })
    .optional()
    .describe('Only with transport: ssh'),
  folder: pathField('State of a simulated node; only with transport: simulated').optional(),
  services: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Short names of its Qlik Sense services; found on the node when left out'),
});

const database = closed({
  host: hostField('Server of the repository database'),
  port: z.int().min(1).max(65_535).default(4432),
  user: z.string().min(1).default('postgres').describe('Superuser'),
  password: secretReferenceSchema
    .optional()
    .describe('Password of the superuser; pgpass is used when left out'),
  ssl: z.boolean().optional().describe('Demand an encrypted connection'),
  names: z
    .array(z.string().min(1))
    .min(1)
    .default(() => ['QSR', 'SenseServices', 'QSMQ', 'Licenses'])
    .describe('Databases to back up, in any case of letters'),
  bin: pathField('Folder of pg_dump, pg_restore and psql; looked for when left out').optional(),
  clients: z
    .enum(['same', 'allow-newer'])
    .default('same')
    .describe('Whether client programs newer than the server may be used'),
  node: z.string().optional().describe('Node the database runs on; found by host when left out'),
});

const share = closed({
  root: pathField('Root folder of the file share'),
  apps: pathField('Apps folder, when it lies outside the root').optional(),
  'static-content': pathField('StaticContent folder, when it lies outside the root').optional(),
  'archived-logs': pathField('ArchivedLogs folder, when it lies outside the root').optional(),
  exclude: z
    .array(
      z
        .string()
        .min(1)
        .refine((path) => !/^[\\/]|\\|(^|\/)\.\.(\/|$)/.test(path), {
          error: 'must be a path relative to the root, with / between names and without ..',
        }),
    )
    .default(() => [])
    .describe('Paths relative to the root that are left out, with /'),
});

const certificates = closed({
  password: secretReferenceSchema.describe('Protects the exported certificate files'),
  stores: z
    .array(z.enum(STORES))
    .min(1)
    .default(() => [...STORES])
    .describe('Windows certificate stores to look in'),
  include: z
    .array(
      z
        .string()
        .regex(THUMBPRINT_PATTERN, { error: 'must be a thumbprint: 40 hexadecimal digits' })
        .transform((text) => text.replaceAll(' ', '').toUpperCase()),
    )
    .default(() => [])
    .describe('Thumbprints of further certificates to keep, such as the proxy certificate'),
  host: z
    .string()
    .min(1)
    .optional()
    .describe('The host in whose name they are, where the site was restored from another host'),
});

const count = (what: string) => z.int().min(1).max(100_000).optional().describe(what);

/** Which sets stay. At least one rule; a set that any rule keeps stays. */
const retention = closed({
  last: count('So many of the newest sets'),
  daily: count('The newest set of a day, for so many days that have one'),
  weekly: count('The newest set of a week, for so many weeks that have one'),
  monthly: count('The newest set of a month, for so many months that have one'),
  yearly: count('The newest set of a year, for so many years that have one'),
  within: ageField('Every set not older than this before the newest one, such as 14d').optional(),
});

const vault = closed({
  kind: z
    .enum(['folder', 'restic'])
    .default('folder')
    .describe('folder: sets are plain folders; restic: they are kept in a restic repository'),
  folder: pathField('Folder of the backup sets; with kind: restic the folder they are built in'),
  workers: z.int().min(1).max(64).optional().describe('Number of copying workers'),
  'minimum-free': sizeField('Space that must stay free, such as 20 GB').optional(),
  retention: retention.optional().describe('Which sets stay; without it none is ever removed'),
  restic: vaultRepositorySchema.optional().describe('The repository; only with kind: restic'),
  copies: z
    .array(copySchema)
    .optional()
    .describe('Repositories that get every finished set besides the vault'),
});

const drill = closed({
  bin: pathField(
    "Folder of initdb, pg_ctl and postgres in the server's major version; looked for when left out",
  ).optional(),
  folder: pathField(
    'Where the scratch database of a drill lies; the temporary folder when left out',
  ).optional(),
});

const timeouts = closed({
  'service-stop': durationField('Until a service has stopped', '5m'),
  'service-start': durationField('Until a service has started', '5m'),
  ready: durationField('Until the Repository Service answers after its start', '15m'),
  drain: waitField('Wait for running reloads before the services are stopped; 0s: not at all', '5m'),
  dump: durationField('For one database dump', '12h'),
  command: durationField('For any other program', '10m'),
  connect: durationField('Until the database accepts a connection', '30s'),
});

const hookSteps = z.array(z.json()).min(1);
const hook = closed({
  runbook: z.string().min(1).describe('Name of a runbook'),
  step: z.string().min(1).optional().describe('Id of one of its steps; the whole runbook when left out'),
  before: hookSteps.optional().describe('Steps to run before it'),
  after: hookSteps.optional().describe('Steps to run after it'),
  'on-failure': hookSteps.optional().describe('Steps to run when it fails'),
});

/** `site.yaml` as it is written. Keys are in kebab-case; what is left out gets its default. */
export const siteFileSchema = closed({
  name: nameField('Name of the site'),
  qlik: qlik.prefault({}),
  nodes: z.array(node).min(1),
  database,
  share,
  certificates,
  logs: closed({
    folders: z.array(pathField('Log folder on every node')).optional(),
  }).prefault({}),
  config: closed({
    files: z
      .array(pathField('File or folder on every node; * stands for any one name'))
      .optional()
      .describe('Replaces the list of files that are kept by default'),
    also: z
      .array(pathField('File or folder on every node; * stands for any one name'))
      .default(() => [])
      .describe('Kept besides the others'),
  }).prefault({}),
  extra: z
    .array(
      closed({
        name: nameField('Name of its folder in the backup set'),
        folder: pathField('QVD folder, connectors and the like'),
        node: z.string().optional().describe('Node the folder is on'),
      }),
    )
    .default(() => []),
  vault,
  drill: drill.prefault({}),
  hooks: z.array(hook).default(() => []),
  timeouts: timeouts.prefault({}),
  state: pathField('State folder, instead of the usual one').optional(),
});

/** What a correct site file gives, keys still in kebab-case. */
export type SiteFile = z.output<typeof siteFileSchema>;
