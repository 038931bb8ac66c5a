import { hostname, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { PersonPort } from '../actions/collaborators.ts';
import { createActions } from '../actions/registry.ts';
import type { OpenedSite } from '../commands/context.ts';
import type { ActionRegistry } from '../contract/action.ts';
import { UsageError } from '../contract/errors.ts';
import type { EventSink } from '../contract/event.ts';
import type { Exec } from '../contract/node.ts';
import type { Plan } from '../contract/plan.ts';
import { createEngine } from '../engine/engine.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Redactor } from '../foundation/redaction.ts';
import { openPfx } from '../platform/certificates/pfx.ts';
import type { PowerShell } from '../platform/windows/powershell.ts';
import { createNode } from '../platform/create-node.ts';
import { createFolderRights } from '../platform/folder-rights.ts';
import { createMakePrivate } from '../platform/private-folder.ts';
import { userName } from '../platform/local/facts.ts';
import { systemNetwork } from '../platform/network.ts';
import { acquireProcessLock, readLock } from '../platform/lock/process-lock.ts';
import type { Identities } from '../platform/process/identity.ts';
import { freeBytes } from '../platform/space.ts';
import { runReportHtml } from '../report/run-report-html.ts';
import { comparePlans } from '../runbook/compare.ts';
import { findRunbooks, loadRunbookByName, type RunbookFolders } from '../runbook/find.ts';
import { loadHooks } from '../runbook/hooks.ts';
import { loadRunbookFile } from '../runbook/load.ts';
import type { LoadedRunbook } from '../runbook/loaded.ts';
import { paramTexts } from '../runbook/params.ts';
import { parsePlan } from '../runbook/plan-file.ts';
import { resolvePlan } from '../runbook/resolve.ts';
import type { ServerAddress } from '../postgres/server.ts';
import type { LoadedSite } from '../site/schema.ts';
import { createSecretReader, registerFromEnvironment, secretQuestions } from '../site/secrets.ts';
import { folderParts, type FolderVaultOptions } from '../vault/folder-vault.ts';
import { createTreeRestore } from '../vault/restore/create-tree-restore.ts';
import { recordVerification } from '../vault/verify-event.ts';
import type { Asker } from '../ui/prompter.ts';
import { askServer } from './ask-server.ts';
import { openVault } from './offsite.ts';
import { openPredictions } from './predictions.ts';
import { createRepositoryDatabase } from './repository-database.ts';
import { createScratchServers } from './scratch-servers.ts';
import { openSecretStore } from './secret-store.ts';
import { identifySelf } from './processes.ts';
import type { SitePlace } from './site-file.ts';
import { loadSiteFile, stateFolderOf } from './site-place.ts';
import { createUpgradeSide } from './upgrade-side.ts';

/** What stands outside a site: the machine, the person, the folders of the package. */
export interface Surroundings extends SitePlace {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly exec: Exec;
  readonly powershell: PowerShell;
  readonly identities: Identities;
  readonly asker: Asker;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
  readonly tool: string;
  readonly warn: (message: string, hint?: string) => void;
  /** Folders and files that come with the package. */
  readonly shippedRunbooks: string;
  readonly templates: string;
  /** Folder of the PowerShell scripts. */
  readonly scripts: string;
  readonly copyWorker: URL;
}

/** Own runbooks lie in `runbooks` beside the site file. */
export function runbookFolders(shipped: string, siteFile: string | undefined): RunbookFolders {
  return { shipped, own: siteFile === undefined ? [] : [join(dirname(siteFile), 'runbooks')] };
}

/** Loads a runbook by name, or the YAML file of that path. */
export async function loadAnyRunbook(
  name: string,
  folders: RunbookFolders,
  cwd: string,
): Promise<LoadedRunbook> {
  return /\.ya?ml$/i.test(name) ? loadRunbookFile(resolve(cwd, name)) : loadRunbookByName(name, folders);
}

/** Loads the site file and puts together everything that works on the site. */
export async function openSite(around: Surroundings): Promise<OpenedSite> {
  return openLoadedSite(await loadSiteFile(around), around, (actions) => actions);
}

/** Puts together everything that works on a site that was loaded; `adapt` may change what actions do. */
export async function openLoadedSite(
  loaded: LoadedSite,
  around: Surroundings,
  adapt: (actions: ActionRegistry) => ActionRegistry,
): Promise<OpenedSite> {
  const { clock, env, platform, exec, powershell, redactor, tool, asker, scripts, identities } = around;
  const { site } = loaded;
  const state = stateFolderOf(site, around);
  const host = hostname();
  const identity = { ...(await identifySelf(identities)), host };
  const rights = createFolderRights({ platform, powershell });
  const makePrivate = createMakePrivate({ platform, powershell });
  const nodes = site.nodes.map((node) => createNode(node, { exec, clock, powershell, scripts }));
  const secrets = createSecretReader({
    env,
    exec,
    redactor,
    platform,
    prompt: {
      canAsk: asker.canAsk,
      ask: async (question) => {
        const typed = await asker.secret(`${question}:`, around.signal);
        if (typed === undefined) throw new UsageError(`${question}: not typed`);
        return typed;
      },
    },
    store: openSecretStore(state, { env, platform, clock, powershell }),
    questionFor: secretQuestions(site),
    warn: around.warn,
  });
  registerFromEnvironment(site, env, redactor);
  const folder: FolderVaultOptions = {
    root: site.vault.folder,
    site: site.name,
    host,
    clock,
    workerFile: around.copyWorker,
    self: identity,
    isAlive: identities.isAlive,
    rights,
    makePrivate,
    redact: (text) => redactor.redact(text),
    ...(site.vault.workers === undefined ? {} : { workers: site.vault.workers }),
    ...(site.vault.minimumFree === undefined ? {} : { minimumFreeBytes: site.vault.minimumFree }),
  };
  const { vault, offsite } = openVault({ site, secrets, exec, clock, stateFolder: state, folder });
  const databaseAt = (place: Pick<ServerAddress, 'host' | 'port' | 'ssl'>) =>
    createRepositoryDatabase({
      site: { ...site, database: { ...site.database, ...place } },
      ...{ secrets, exec, platform, stateFolder: state },
    });
  const database = databaseAt(site.database);
  const scratch = createScratchServers({ site, exec, platform, temporaryFolder: tmpdir() });
  const all = createActions({
    site,
    vault,
    offsite,
    database,
    databaseAt,
    scratch,
    restoreTrees: createTreeRestore(folderParts(folder, vault.root)),
    secrets,
    person: personOf(asker),
    clock,
    network: systemNetwork,
    hide: (secret) => {
      redactor.register(secret);
    },
    templates: around.templates,
    tool,
    host,
    stateFolder: state,
    temporaryFolder: tmpdir(),
    freeBytes,
    rights,
    openPfx,
  });
  const actions = adapt(all);
  const lockName = `site ${site.name} (${state})`;
  const siteLock = { name: lockName, file: join(state, 'site.lock') };
  const engine = createEngine({
    site: { name: site.name, values: loaded.values },
    stateFolder: state,
    nodes,
    actions,
    clock,
    prompter: asker,
    sink: around.sink,
    redact: (text) => redactor.redact(text),
    tool,
    endOrphan: identities.endProcess,
    orphanRuns: identities.isAlive,
    renderReport: runReportHtml,
    hide: (secret) => {
      redactor.register(secret);
    },
    lockSite: (info) => acquireProcessLock({ ...siteLock, info }),
    siteLocked: async () => (await readLock(siteLock)) !== undefined,
    self: { ...identity, user: userName() },
    ...(makePrivate === undefined ? {} : { makeState: () => makePrivate(state) }),
  });
  const folders = runbookFolders(around.shippedRunbooks, loaded.file);
  // Their files name them; to read them all takes longer than the rest of a plan.
  const namesOfRunbooks = async () => (await findRunbooks(folders)).map(({ name }) => name);

  async function plan(
    runbook: LoadedRunbook,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<OpenedSite['plan']>>> {
    const names = [runbook.name, ...(await namesOfRunbooks())];
    return resolvePlan({
      runbook,
      site: { name: site.name, values: loaded.values },
      hooks: loadHooks(site.hooks, loaded.locate, names),
      nodes,
      ...(site.database.node === undefined ? {} : { databaseNode: site.database.node }),
      actions,
      params,
      tool,
      clock,
      signal,
      ...(await openPredictions({ engine, sets: [vault, ...offsite.copies] }, runbook.name)),
    });
  }

  const copyNamed = (name: string | undefined) => offsite.copies.find(({ target }) => target.name === name);

  const upgrade = createUpgradeSide({
    stateFolder: state,
    who: `${userName()} on ${host}`,
    release: site.qlik.release,
    nodes,
    askServer: async (notes) => (await askServer(site, secrets, notes))?.version,
    loadRunbook: (name) => loadRunbookByName(name, folders),
    runbookNames: namesOfRunbooks,
    lock: () =>
      acquireProcessLock({
        name: `upgrade of ${lockName}`,
        file: join(state, 'upgrade.lock'),
        info: { ...identity, site: site.name, command: 'upgrade run' },
      }),
    ...(makePrivate === undefined ? {} : { makeState: () => makePrivate(state) }),
  });

  return {
    name: site.name,
    warnings: loaded.warnings,
    engine,
    upgrade,
    vault,
    retention: site.vault.retention,
    async setFacts(set, name) {
      const { readSetFacts } = await import('./set-facts.ts');
      return readSetFacts(set, copyNamed(name) ?? vault);
    },
    async exportSet(request) {
      if (vault.kind !== 'folder')
        throw new UsageError('only sets of a vault that is a folder can be exported', {
          hint: 'A restic repository is packed and encrypted already: copy it with restic itself, or restore the set from it first.',
        });
      const { exportSet } = await import('../vault/export-set.ts');
      return exportSet({ ...request, root: vault.root, clock });
    },
    recordVerification(verification, name) {
      return recordVerification(copyNamed(name) ?? vault, verification, {
        host,
        tool,
        copy: name,
        at: clock.now(),
      });
    },
    copies: offsite.copies.map((copy) => ({
      name: copy.target.name,
      sets: copy,
    })),
    plan: async (request, signal) =>
      plan(await loadAnyRunbook(request.runbook, folders, around.cwd), request.params, signal),
    async planSaved({ text, file }, params, signal) {
      const saved = parsePlan(text, file);
      if (saved.site !== site.name)
        throw new UsageError(`${file} is a plan for the site ${saved.site}, not for ${site.name}`, {
          hint: `Give the site file of ${saved.site} with --site.`,
        });
      const runbook = await runbookOf(saved, folders);
      const planned = await plan(runbook, { ...paramTexts(saved, runbook.params), ...params }, signal);
      return { ...planned, differences: comparePlans(saved, planned.plan) };
    },
  };
}

/** The runbook of a saved plan: by name where there is one, else the file it was planned from. */
async function runbookOf(saved: Plan, folders: RunbookFolders): Promise<LoadedRunbook> {
  const own = /\.ya?ml$/i.test(saved.runbook.file) && !saved.runbook.file.startsWith(folders.shipped);
  return own ? loadRunbookFile(saved.runbook.file) : loadRunbookByName(saved.runbook.name, folders);
}

function personOf(asker: Asker): PersonPort {
  return {
    canAsk: asker.canAsk,
    confirm: async (text, signal) => (await asker.confirm(`${text} Done?`, false, signal)) === true,
  };
}
