import type { CommandContext, GlobalFlags, OpenedSite, Output } from '../commands/context.ts';
import type { StampedEvent } from '../contract/event.ts';
import type { Exec } from '../contract/node.ts';
import { systemClock } from '../foundation/clock.ts';
import type { Redactor } from '../foundation/redaction.ts';
import { operationText } from '../report/operation-text.ts';
import { createDisplay, pickDisplayMode, type Display } from '../ui/display.ts';
import { createPrompter } from '../ui/prompter.ts';
import type { Surroundings } from './open-site.ts';
import type { Processes } from './processes.ts';
import type { Interruption } from './signals.ts';

/** What a context is made of besides the command's flags. */
export interface ContextOptions {
  readonly flags: GlobalFlags;
  readonly output: Output;
  /** Adds the site file that was given to commands that a text names. */
  readonly named: (text: string) => string;
  readonly redactor: Redactor;
  readonly interruption: Interruption;
  readonly tool: string;
  readonly shippedRunbooks: string;
  readonly templates: string;
  /** Folder of the PowerShell scripts. */
  readonly scripts: string;
  readonly copyWorker: URL;
  /** How this tool is started. */
  readonly program: readonly string[];
}

/** Makes the real collaborators of a command. Everything heavy is loaded when a command asks for it. */
export function createContext(options: ContextOptions): CommandContext {
  const { flags, output, named, redactor, interruption, tool } = options;
  const { stdin, stdout, stderr, env, platform } = process;
  const cwd = process.cwd();
  let display: Display | undefined;
  const sink = (event: StampedEvent): void => {
    // Until then everything only looks, and Ctrl+C may end the process at once.
    if (event.type === 'run-started') interruption.beginEffects();
    display?.sink(event);
  };
  const asker = createPrompter({
    stdin,
    output: flags.json ? stderr : stdout,
    display: () => display,
    named,
    operationText,
    interrupt: () => {
      interruption.interrupt();
    },
  });

  const { scripts } = options;
  async function processes(): Promise<Processes> {
    const { createProcesses } = await import('./processes.ts');
    return createProcesses({ redact: (text) => redactor.redact(text), scripts, platform });
  }

  async function exec(): Promise<Exec> {
    return (await processes()).exec;
  }

  const place = { siteFile: flags.site, env, platform, cwd };

  async function surroundings(): Promise<Surroundings> {
    return {
      ...place,
      clock: systemClock,
      redactor,
      ...(await processes()),
      asker,
      sink,
      signal: interruption.signal,
      tool,
      warn(message, hint) {
        if (flags.json) return;
        output.err(`warning: ${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`);
      },
      shippedRunbooks: options.shippedRunbooks,
      templates: options.templates,
      scripts,
      copyWorker: options.copyWorker,
    };
  }

  /** Folders of runbooks: the user's own lie beside the site file, where there is one. */
  async function folders() {
    const { runbookFolders } = await import('./open-site.ts');
    const { siteFilePlaces } = await import('../site/find.ts');
    const { access } = await import('node:fs/promises');
    const places = siteFilePlaces({
      env,
      platform,
      cwd,
      ...(flags.site === undefined ? {} : { given: flags.site }),
    });
    for (const file of places) {
      try {
        await access(file);
        return runbookFolders(options.shippedRunbooks, file);
      } catch {
        // Not there: the next place, or only the shipped runbooks.
      }
    }
    return runbookFolders(options.shippedRunbooks, undefined);
  }

  async function openSite(): Promise<OpenedSite> {
    const { openSite } = await import('./open-site.ts');
    return openSite(await surroundings());
  }

  return {
    flags,
    output,
    cwd,
    clock: systemClock,
    stdin,
    asker,
    signal: interruption.signal,
    hurry: interruption.hurry,
    tool,
    program: options.program,
    exec,
    beginEffects: () => {
      interruption.beginEffects();
    },

    openSite,

    async watchSite() {
      const { watchSite } = await import('./watch-site.ts');
      const redact = (text: string): string => redactor.redact(text);
      return watchSite({ ...place, redact, clock: systemClock, scripts, openSite });
    },

    async waitingRun() {
      const { waitingRun } = await import('./waiting-run.ts');
      return waitingRun({ ...place, openSite });
    },

    async rehearse(work) {
      const { rehearse } = await import('./rehearse.ts');
      return rehearse(await surroundings(), work);
    },

    async startDisplay() {
      const started = await createDisplay({
        mode: pickDisplayMode({ json: flags.json, isTTY: stdout.isTTY, env }),
        stdout,
        stderr,
        clock: systemClock,
        verbose: flags.verbose,
        redact: (text) => redactor.redact(named(text)),
        operationText,
      });
      display = started;
      return {
        ...started,
        async finish() {
          await started.finish();
          display = undefined;
        },
      };
    },

    async runbooks() {
      const { listRunbooks } = await import('../runbook/find.ts');
      return (await listRunbooks(await folders())).map(({ name, file, runbook, error }) => ({
        name,
        file,
        title: runbook?.title ?? '',
        ...(runbook?.source === undefined ? {} : { source: runbook.source }),
        ...(error === undefined ? {} : { error: error.message }),
      }));
    },

    async procedure(name) {
      const { loadAnyRunbook } = await import('./open-site.ts');
      const { viewRunbook } = await import('../report/runbook-view.ts');
      return viewRunbook(await loadAnyRunbook(name, await folders(), cwd));
    },

    async secrets() {
      const { loadSiteFile, stateFolderOf } = await import('./site-place.ts');
      const { openSecretStore } = await import('./secret-store.ts');
      const { site } = await loadSiteFile(place);
      return openSecretStore(stateFolderOf(site, place), {
        ...place,
        ...(await processes()),
        clock: systemClock,
      });
    },

    async schedule() {
      const { openSchedule } = await import('./open-schedule.ts');
      return openSchedule({
        ...place,
        ...(await processes()),
        clock: systemClock,
        redactor,
        templates: options.templates,
        program: options.program,
      });
    },

    async upgradeStart() {
      const { readUpgradeStart } = await import('./upgrade-start.ts');
      return readUpgradeStart(await surroundings());
    },

    async siteFile() {
      const { foundSiteFile } = await import('./site-file.ts');
      return foundSiteFile(place);
    },

    async proposeSite({ ask, ...request }) {
      const { proposeHere } = await import('./propose-here.ts');
      return proposeHere(request, {
        ...(await surroundings()),
        canAsk: ask && asker.canAsk,
      });
    },
  };
}
