import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { WindowsFindings } from '../discovery/windows.ts';
import { formatBytes, formatCount, formatLocalTime } from '../foundation/human.ts';
import { lackedWords } from '../vault/set-parts.ts';
import type { SetSummary } from '../vault/vault.ts';
import { judgeBootstrap } from './bootstrap-rules.ts';
import { ASK_SERVER } from './ask-server.ts';
import { createCheck, type Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { judgeChosen } from './config-chosen.ts';
import { ASK_EACH, judgeSame, releaseHere } from './config-same.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';
import { adviceOf, factOf } from './failure.ts';
import { judgeOwners, OWNER_LOOKS } from './missing-owners.ts';
import { judgeAccount } from './restore-account.ts';
import { judgeApart } from './restore-apart.ts';
import { judgeClientStore } from './restore-client-store.ts';
import { readRestoreFacts, type RestoreFacts } from './restore-facts.ts';
import { judgeHost, judgeInstalled, judgePostgres, judgeRelease, judgeSite } from './restore-findings.ts';
import { chosenDatabases } from './restore-databases.ts';
import { judgePart } from './restore-part.ts';
import { judgeRehearsal, rehearsalFolders } from './restore-rehearsal.ts';
import { judgeSpace } from './restore-space.ts';
import { findComplete, setLookup } from './set-lookup.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { readSetRootAdmins } from './set-root-admins.ts';
import { startTypeChecks } from './start-type-checks.ts';

const input = z.strictObject({
  set: z.string().min(1).default('latest').describe('Id of a complete set, or "latest"'),
  copy: copyInput,
  /** Another host name on purpose: that of the central node here; empty: the same as in the set. */
  'new-host': z.string().default(''),
  postgres: z.enum(['same', 'allow-newer']).default('same'),
  /** A machine without Qlik Sense is wanted: release and database are looked at later. */
  bare: z.boolean().default(false),
  /** The release with its patch that setup is to install on it; empty: a person installs. */
  installs: z.string().default(''),
  /** Who will run the services of a machine without Qlik Sense; empty: not told. */
  account: z.string().default(''),
  only: z.enum(['all', 'databases', 'share', 'certificates', 'config']).default('all'),
  /** One database of the set alone; empty: every one. */
  database: z.string().default(''),
  /** Only these configuration files of the set, with a comma between them; empty: every one. */
  'config-files': z.string().default(''),
  /** `same`: the set's configuration files are put in place as they are, so that they must be of these nodes. */
  config: z.enum(['show', 'same', 'merge']).default('show'),
  /** What changes host names: `database`: not the bootstrap, so that its release is no matter. */
  'host-names': z.enum(['bootstrap', 'database']).default('bootstrap'),
  /** Nothing outside this machine may be reached. */
  rehearsal: z.boolean().default(false),
  /** Folders under "extra", and log files, are restored too: what a rehearsal writes to. */
  extra: z.boolean().default(true),
  logs: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/**
 * Whether a set can be restored here: it is complete and of this site, release with patch, PostgreSQL and host name are
 * those of the set (manual 5.7, p. 210), there are programs and room for old and new side by side. Gives its id, versions,
 * and whether Qlik Sense is installed at all.
 */
export function createCheckRestore(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'freeBytes' | 'clock'> & PlaceCollaborators,
): Action<Input, null> {
  async function installed({ node, signal }: ReadContext, look: Look): Promise<WindowsFindings | undefined> {
    return node.discover === undefined ? undefined : look(ASK_INSTALLED, () => askInstalled(node, signal));
  }

  /** What is simulated runs as nobody whom the site knows. */
  async function accountCheck(
    given: Input,
    facts: RestoreFacts & { readonly id: string },
    windows: WindowsFindings | undefined,
    context: ReadContext,
  ): Promise<CheckResult> {
    const admins = await readSetRootAdmins(c, setPlace(c, given.copy, context), facts, context);
    return judgeAccount(admins, {
      runner: context.node.transport === 'simulated' ? undefined : windows?.runner.account,
      centralHost: facts.centralHost,
      newHost: given['new-host'] === '' ? undefined : given['new-host'],
    });
  }

  /** Nothing else of a bare machine is asked: one that does not tell gets its certificates all the same. */
  async function bareClientStore(given: Input, context: ReadContext, look: Look): Promise<CheckResult[]> {
    try {
      const windows = await installed(context, look);
      return windows === undefined ? [] : [judgeClientStore(windows, given.account, context.node.host)];
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError)) throw error;
      return [
        {
          id: 'restore-client-certificate',
          status: 'warning',
          message: `${context.node.host} does not say who runs this: ${factOf(error)}`,
          hint: 'Run it as the account that the services will run as: the client certificate goes into the store of who runs this (manual 5.5 step 2, p. 199).',
        },
      ];
    }
  }

  /** What is judged of one complete set. */
  async function judge(
    given: Input,
    facts: RestoreFacts & { readonly id: string },
    context: ReadContext,
    look: Look,
  ) {
    const { node } = context;
    const services = await node.services.list();
    const bare = !services.some(({ name }) => name === 'QlikSenseRepositoryService');
    const newHost = given['new-host'] === '' ? undefined : given['new-host'];
    const withDatabases = given.only === 'all' || given.only === 'databases';
    const checks: CheckResult[] = [
      judgeSite(facts.siteName, c.site.name),
      judgeHost(facts.centralHost, node.host, newHost),
      judgeInstalled(node.host, { bare, wantedBare: given.bare }),
    ];
    if (given.installs !== '')
      checks.push(judgeRelease(facts.release, given.installs, 'would be installed here'));
    if (given.bare && bare) checks.push(...(await bareClientStore(given, context, look)));
    if (bare || given.bare) return { checks, bare };
    checks.push(...(await startTypeChecks(context.nodes)));
    const windows = await installed(context, look);
    checks.push(judgeRelease(facts.release, windows?.release ?? c.site.qlik.release));
    const withCertificates = given.only === 'all' || given.only === 'certificates';
    if (withCertificates && windows !== undefined && windows.accounts.length > 0)
      checks.push(judgeClientStore(windows, '', node.host));
    if (withDatabases) {
      checks.push(await accountCheck(given, facts, windows, context));
      const server = await look(ASK_SERVER, () => c.database.facts());
      checks.push(judgePostgres(facts.major, server, given.postgres === 'allow-newer'));
      checks.push(await programsCheck(facts, server.major));
      const set = { ...facts, databases: chosenDatabases(facts.databases, given.database, given.set) };
      checks.push(...(await judgeOwners(c, setPlace(c, given.copy, context), set, context, look)));
    }
    const parts = { databases: withDatabases, share: given.only === 'all' || given.only === 'share' };
    if (parts.share)
      checks.push(...(await judgeApart(c, [c.site.vault.folder, setPlace(c, given.copy, context).root])));
    checks.push(
      ...(await judgeSpace(
        c,
        { ...facts, databases: chosenDatabases(facts.databases, given.database, given.set) },
        parts,
      )),
    );
    if (given.rehearsal) checks.push(await rehearsalCheck(given, facts, context));
    if (newHost !== undefined && given['host-names'] === 'bootstrap')
      checks.push(...(await judgeBootstrap(c.site, facts.release, node)));
    if (!facts.mutuallyConsistent)
      checks.push({
        id: 'restore-one-moment',
        status: 'warning',
        message:
          'The set was made while the site was running: its databases and its share are not of one moment.',
        hint: 'Prefer a set that was made with the services down, if there is one: sense-runbook backups',
      });
    checks.push(...judgePart(given));
    const chosen = { set: facts.id, only: given.only, files: given['config-files'] };
    checks.push(...(await judgeChosen(c, setPlace(c, given.copy, context), chosen, context)));
    if (putsConfig(given)) {
      // Of the central node it is known already.
      const ask = (one: ReadableNode) =>
        one.name === node.name || one.discover === undefined
          ? Promise.resolve((one.name === node.name ? windows?.release : undefined) ?? c.site.qlik.release)
          : look(ASK_EACH, (signal) => releaseHere(c, one, signal));
      checks.push(...(await judgeSame(c, setPlace(c, given.copy, context), facts.id, context, ask)));
    }
    return { checks, bare };
  }

  function rehearsalCheck(
    { only, extra, logs }: Input,
    { trees }: RestoreFacts,
    { nodes }: ReadContext,
  ): Promise<CheckResult> {
    const whole = only === 'all';
    const inSet = trees.map(({ folder }) => folder);
    const folders = rehearsalFolders(c.site, nodes, { extra: whole && extra, logs: whole && logs, inSet });
    return judgeRehearsal({ ...c.site, folders });
  }

  async function programsCheck({ major, dumpMajor }: RestoreFacts, server: number): Promise<CheckResult> {
    const id = 'restore-programs';
    try {
      const { version, folder } = await c.database.programs(Math.max(major, dumpMajor, 0));
      return {
        id,
        status: 'ok',
        message: `pg_restore ${version} in ${folder}, for a server of version ${String(server)}.`,
      };
    } catch (error) {
      const hint = adviceOf(error);
      return { id, status: 'failed', message: factOf(error), ...(hint === undefined ? {} : { hint }) };
    }
  }

  return createCheck({
    name: 'check.restore',
    input,
    whilePlanning: true,
    operations(given, { node, nodes }) {
      const { copy, bare } = given;
      const { list, read } = setLookup(c, copy);
      const others = nodes.some(({ name, discover }) => name !== node.name && discover !== undefined);
      return [
        list,
        ...(read === undefined ? [] : [read]),
        // On a bare machine there is none to be asked.
        ...(bare ? [] : [ASK_SERVER, ...OWNER_LOOKS]),
        ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
        ...(others && putsConfig(given) ? [ASK_EACH] : []),
      ];
    },
    async probe(given, context, look) {
      const id = 'restore-set';
      try {
        const { sets, list, read } = setLookup(c, given.copy);
        const found = await look(list, () => findComplete(sets, given.set));
        if (found === undefined) {
          const wanted = given.set === 'latest' ? '' : ` ${given.set}`;
          const hint = `List them with: sense-runbook backups${given.copy === '' ? '' : ` --copy ${given.copy}`}`;
          const message = `There is no complete backup set${wanted} in ${sets.root}.`;
          return { checks: [{ id, status: 'failed', message, hint }] };
        }
        const open = () => readRestoreFacts(setPlace(c, given.copy, context), found.id);
        const facts = await (read === undefined ? open() : look(read, open));
        const { checks, bare } = await judge(given, { ...facts, id: found.id }, context, look);
        const { manifestSha256, major, dumpMajor, centralHost, certificateHost } = facts;
        return {
          checks: [setCheck(found, facts, c.clock.now()), ...checks],
          outputs: { set: found.id, major, dumpMajor, oldHost: centralHost, certificateHost, bare },
          observed: { set: found.id, manifestSha256, bare },
          approval: approvalLines(found, facts, c.clock.now()),
        };
      } catch (error) {
        const hint = adviceOf(error);
        return {
          checks: [{ id, status: 'failed', message: factOf(error), ...(hint === undefined ? {} : { hint }) }],
        };
      }
    },
  });
}

function putsConfig({ config, only, bare }: Input): boolean {
  return config === 'same' && !bare && (only === 'all' || only === 'config');
}

function setCheck(set: SetSummary, facts: RestoreFacts, now: Date): CheckResult {
  const id = 'restore-set';
  const message = `Backup set ${set.id} is complete, ${ageText(facts.createdAt, now)} old.`;
  if (set.failedAt !== undefined && set.failedFor !== undefined)
    return {
      id,
      status: 'failed',
      message: `The last drill of backup set ${set.id}, on ${formatLocalTime(set.failedAt)}, could not open its certificates: wrong password. It found nothing else wrong.`,
      hint: `Where certificates.password of the site file is by now the one that this set was made with, \`sense-runbook backups drill ${set.id}\` clears it. Or choose another set: sense-runbook backups`,
    };
  if (set.failedAt !== undefined)
    return {
      id,
      status: 'failed',
      message: `Backup set ${set.id} was found damaged, or did not restore, on ${formatLocalTime(set.failedAt)}.`,
      hint: `\`sense-runbook backups show ${set.id}\` names what was wrong; where that is put right, \`sense-runbook backups drill ${set.id}\` clears it. Or choose another set: sense-runbook backups`,
    };
  return { id, status: 'ok', message };
}

function approvalLines(set: SetSummary, facts: RestoreFacts, now: Date): string[] {
  const size = set.bytes === undefined ? '' : `, ${formatBytes(set.bytes)}`;
  const lacked = facts.lacks.length === 0 ? '' : ` (it has ${lackedWords(facts.lacks)})`;
  const at = set.provenAt ?? set.partProvenAt;
  const proven =
    at === undefined ? 'never restored in a drill' : `proven restorable on ${formatLocalTime(at)}`;
  return [
    `Backup set: ${set.id}${size}, ${proven}${lacked}`,
    `Made: ${formatLocalTime(facts.createdAt)}, ${ageText(facts.createdAt, now)} ago, on ${facts.centralHost}${facts.release === undefined ? '' : `, ${facts.release}`}`,
  ];
}

/** In whole hours and days: a plan of the same set must not differ from minute to minute. */
function ageText(createdAt: string, now: Date): string {
  const hours = Math.floor((now.getTime() - Date.parse(createdAt)) / 3_600_000);
  if (hours < 1) return 'less than an hour';
  return hours < 48 ? formatCount(hours, 'hour') : formatCount(Math.floor(hours / 24), 'day');
}
