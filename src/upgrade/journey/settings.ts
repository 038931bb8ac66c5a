import { UsageError } from '../../contract/errors.ts';
import { nearest } from '../../foundation/nearest.ts';
import type { UpgradeHop } from '../types.ts';
import { BACKUP_PARAM, HOP_RUNBOOKS, SAFETY_BACKUP } from './hop-runbooks.ts';

/** A parameter of a runbook, as far as a journey must know it. */
export interface RunbookParam {
  readonly name: string;
  readonly required: boolean;
  readonly secret: boolean;
  /** What it is, in plain words. */
  readonly description?: string;
}

/** The parameters of runbooks by name; absent: there is no such runbook. */
export type RunbookParams = ReadonlyMap<string, readonly RunbookParam[]>;

/** `--set` flags, `HOP.param` or `param` to value. HOP: its number, its kind, or `backup` for every safety backup. */
export type Settings = Readonly<Record<string, string>>;

/** What the settings give to one hop, the more exact one first: by number, by kind, for every hop that has the parameter. */
export function settingsOfHop(
  hop: Pick<UpgradeHop, 'kind'>,
  number: number,
  settings: Settings,
  known: RunbookParams,
): Record<string, string> {
  const has = new Set(known.get(HOP_RUNBOOKS[hop.kind].runbook)?.map(({ name }) => name));
  const rank = { all: 0, kind: 1, number: 2 };
  const given = Object.entries(settings)
    .flatMap(([key, value]) => {
      const { scope, param } = partsOf(key);
      if (!has.has(param)) return [];
      if (scope === undefined) return [{ param, value, order: rank.all }];
      if (scope === hop.kind) return [{ param, value, order: rank.kind }];
      return scope === String(number) ? [{ param, value, order: rank.number }] : [];
    })
    .sort((a, b) => a.order - b.order);
  return Object.fromEntries(given.map(({ param, value }) => [param, value]));
}

/** What the settings give to every safety backup. */
export function settingsOfBackup(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const { scope, param } = partsOf(key);
      return scope === SAFETY_BACKUP.runbook ? [[param, value]] : [];
    }),
  );
}

/** What of the settings may be written down: all but secrets. */
export function withoutSecrets(
  settings: Settings,
  hops: readonly Pick<UpgradeHop, 'kind'>[],
  known: RunbookParams,
): Settings {
  const runbooks = [SAFETY_BACKUP.runbook, ...hops.map(({ kind }) => HOP_RUNBOOKS[kind].runbook)];
  const secret = new Set(
    runbooks.flatMap((name) => known.get(name)?.flatMap((one) => (one.secret ? [one.name] : [])) ?? []),
  );
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !secret.has(partsOf(key).param)));
}

/** @throws UsageError for a setting that no hop takes, or that the journey gives itself */
export function checkSettings(settings: Settings, hops: readonly UpgradeHop[], known: RunbookParams): void {
  for (const key of Object.keys(settings)) {
    const { scope, param } = partsOf(key);
    const takers = hops.filter(
      ({ kind }, index) => scope === undefined || scope === kind || scope === String(index + 1),
    );
    const runbooks =
      scope === SAFETY_BACKUP.runbook
        ? [SAFETY_BACKUP.runbook]
        : [...new Set(takers.map(({ kind }) => HOP_RUNBOOKS[kind].runbook))];
    if (runbooks.length === 0)
      throw new UsageError(`--set ${key}: the plan has no hop "${scope ?? ''}"`, {
        hint: `Hops are called by their number (1 to ${String(hops.length)}) or kind; "backup" is every safety backup.`,
      });
    refuseOwn(key, param, scope === SAFETY_BACKUP.runbook, takers);
    const names = runbooks.flatMap((name) => known.get(name)?.map((one) => one.name) ?? []);
    // What a runbook that is not there takes, nobody knows; that it is not there is told with what is missing.
    if (names.includes(param) || runbooks.some((name) => !known.has(name))) continue;
    const near = nearest(param, names);
    throw new UsageError(`--set ${key}: ${runbooks.join(', ')} has no parameter "${param}"`, {
      hint: `${near === undefined ? '' : `Did you mean "${near}"? `}\`sense-runbook runbooks show ${runbooks[0] ?? ''}\` lists them.`,
    });
  }
}

function refuseOwn(key: string, param: string, backup: boolean, takers: readonly UpgradeHop[]): void {
  if (backup) {
    if (Object.hasOwn(SAFETY_BACKUP.params, param))
      throw new UsageError(`--set ${key}: a safety backup is always drilled`);
    return;
  }
  if (param === BACKUP_PARAM)
    throw new UsageError(`--set ${key}: each hop gets the set that was made and proven right before it`);
  if (takers.some(({ kind }) => HOP_RUNBOOKS[kind].licence === param))
    throw new UsageError(`--set ${key}: whoever accepts the vendor's licence says so with --accept-eula`);
  if (takers.some((hop) => Object.hasOwn(HOP_RUNBOOKS[hop.kind].params(hop, undefined), param)))
    throw new UsageError(`--set ${key}: the plan says that; make another plan to go elsewhere`);
}

function partsOf(key: string): { scope?: string; param: string } {
  const at = key.indexOf('.');
  return at === -1 ? { param: key } : { scope: key.slice(0, at), param: key.slice(at + 1) };
}
