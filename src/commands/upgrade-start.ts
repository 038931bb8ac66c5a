import { UsageError } from '../contract/errors.ts';
import { HOP_KINDS, type PlanOptions, type UpgradeStart } from '../upgrade/types.ts';

/** Flags of `upgrade plan`. */
export interface UpgradeFlags {
  readonly from?: string;
  readonly to: string;
  readonly patch?: string;
  readonly firstInstalled?: string;
  readonly postgres?: string;
  readonly postgresKind?: string;
  readonly postgresRemote?: boolean;
  readonly persistence?: string;
  readonly serviceAccount?: string;
  readonly ssl?: boolean;
  readonly nodes?: string;
  readonly uninstalled?: boolean;
  readonly centralizedLogging?: boolean;
  readonly dotNet?: string;
  readonly windows?: string;
  readonly visualCpp?: boolean;
  readonly powershell?: string;
  readonly executionPolicy?: string;
  readonly avx?: boolean;
  readonly freeSpace?: string;
  readonly pendingReboot?: boolean;
  readonly databases?: string;
  readonly passwordEncryption?: string;
  /** False: none was. */
  readonly changedConfig?: string[] | false;
  readonly capabilitiesChanged?: boolean;
  readonly proxySettings?: boolean;
  readonly minutes?: string[];
  readonly alternatives?: string;
  readonly alternative?: string;
  readonly followAdvice?: boolean;
  readonly brief?: boolean;
  readonly format?: string;
  readonly out?: string;
}

/** What flags say of the site; what is not given is not known. @throws UsageError */
export function startOfFlags(flags: UpgradeFlags): Partial<UpgradeStart> {
  const { from, firstInstalled, ssl, uninstalled, centralizedLogging, dotNet, windows } = flags;
  const given: Partial<UpgradeStart> = {
    ...(from === undefined ? {} : { release: from }),
    ...(flags.patch === undefined ? {} : { patch: patchOf(flags.patch) }),
    ...(firstInstalled === undefined ? {} : { firstInstalled }),
    ...postgresOf(flags),
    ...chosen('persistence', '--persistence', flags.persistence, ['shared', 'synchronized'] as const),
    ...chosen('serviceAccount', '--service-account', flags.serviceAccount, ['user', 'local-system'] as const),
    ...(ssl === undefined ? {} : { ssl }),
    ...(flags.nodes === undefined ? {} : { nodes: countOf('--nodes', flags.nodes, 1) }),
    ...(uninstalled === undefined ? {} : { uninstalled }),
    ...(centralizedLogging === undefined ? {} : { centralizedLogging }),
    ...(dotNet === undefined ? {} : { dotNet: versionOf('--dot-net', dotNet) }),
    ...(windows === undefined ? {} : { windows: windowsOf(windows) }),
    ...machineOf(flags),
    ...databaseOf(flags),
    ...filesOf(flags),
  };
  return given;
}

function machineOf(flags: UpgradeFlags): Partial<UpgradeStart> {
  const { visualCpp, powershell, executionPolicy, avx, freeSpace, pendingReboot } = flags;
  return {
    ...(visualCpp === undefined ? {} : { visualCpp }),
    ...(powershell === undefined ? {} : { powerShell: versionOf('--powershell', powershell) }),
    ...(executionPolicy === undefined ? {} : { executionPolicy }),
    ...(avx === undefined ? {} : { avx }),
    ...(freeSpace === undefined ? {} : { freeBytes: countOf('--free-space', freeSpace, 0) * 1e9 }),
    ...(pendingReboot === undefined ? {} : { pendingReboot }),
  };
}

function databaseOf({ databases, passwordEncryption }: UpgradeFlags): Partial<UpgradeStart> {
  return {
    ...(databases === undefined ? {} : { databases: databases.split(',').map((name) => name.trim()) }),
    ...chosen('passwordEncryption', '--password-encryption', passwordEncryption, [
      'md5',
      'scram-sha-256',
    ] as const),
  };
}

function filesOf({ changedConfig, capabilitiesChanged, proxySettings }: UpgradeFlags): Partial<UpgradeStart> {
  return {
    ...(changedConfig === undefined ? {} : { changedConfig: changedConfig === false ? [] : changedConfig }),
    ...(capabilitiesChanged === undefined ? {} : { capabilitiesChanged }),
    ...(proxySettings === undefined ? {} : { proxySettings }),
  };
}

/** What flags say of the plan. @throws UsageError */
export function optionsOfFlags(flags: UpgradeFlags): PlanOptions {
  const { minutes = [], alternatives, alternative, followAdvice } = flags;
  if (alternative !== undefined && followAdvice === true)
    throw new UsageError('--alternative and --follow-advice exclude each other', {
      hint: 'Each makes another path the plan.',
    });
  return {
    ...(followAdvice === true ? { choose: 'advice' as const } : {}),
    ...(alternative === undefined ? {} : { choose: countOf('--alternative', alternative, 1) }),
    ...(alternatives === undefined ? {} : { alternatives: countOf('--alternatives', alternatives, 0) }),
    minutes: Object.fromEntries(
      minutes.map((text) => {
        const [kind = '', number = ''] = text.split('=');
        const known = HOP_KINDS.find((one) => one === kind);
        if (known === undefined || number === '')
          throw new UsageError(`--minutes ${text} is not KIND=MINUTES`, {
            hint: `Kinds of hops: ${HOP_KINDS.join(', ')}. For example: --minutes upgrade=40`,
          });
        return [known, countOf(`--minutes ${kind}`, number, 1)];
      }),
    ),
  };
}

function postgresOf({
  postgres,
  postgresKind,
  postgresRemote,
}: UpgradeFlags): Pick<UpgradeStart, 'postgres'> {
  const kinds = ['bundled', 'qpi', 'standalone', 'managed'] as const;
  if (postgres === undefined && postgresKind === undefined && postgresRemote === undefined) return {};
  return {
    postgres: {
      ...(postgres === undefined ? {} : { version: versionOf('--postgres', postgres) }),
      ...chosen('kind', '--postgres-kind', postgresKind, kinds),
      ...(postgresRemote === undefined ? {} : { remote: postgresRemote }),
    },
  };
}

function chosen<K extends string, V extends string>(
  key: K,
  flag: string,
  value: string | undefined,
  known: readonly V[],
): Partial<Record<K, V>> {
  if (value === undefined) return {};
  const found = known.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(`${flag} ${value} is not known`, { hint: `Known are: ${known.join(', ')}.` });
  return { [key]: found } as Partial<Record<K, V>>;
}

function patchOf(text: string): number | 'none' {
  return text === 'none' ? text : countOf('--patch', text, 1);
}

function countOf(flag: string, text: string, least: number): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least))
    throw new UsageError(`${flag} ${text}: a number from ${String(least)} on is wanted`);
  return number;
}

function windowsOf(text: string): string {
  if (!/(?:server|windows)\s+\d/i.test(text))
    throw new UsageError(`--windows ${text} is no Windows that is known here`, {
      hint: 'Write it as "Windows Server 2016" or "Windows 10".',
    });
  return text;
}

function versionOf(flag: string, text: string): string {
  if (!/^\d+(\.\d+)*$/.test(text))
    throw new UsageError(`${flag} ${text} is no version`, { hint: 'Write it as 9.6 or 14.17.' });
  return text;
}
