import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation, HumanOperation, ServiceOperation } from '../contract/operation.ts';
import { readDiscovery } from '../discovery/windows.ts';
import { joinPath } from '../site/paths.ts';
import { askPerson } from './ask-person.ts';
import { heardWords, nothingHeard, talkThrough, type Heard } from './bootstrap-conversation.ts';
import { byHand, releaseRefusal, repositoryFolder, rightsRefusal, type Refusal } from './bootstrap-rules.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned, unreachable } from './failure.ts';
import { countsAsRunning, wordOf } from './service-order.ts';

const MINUTE = 60_000;

const input = z.strictObject({
  /**
   * `restore-host-name`: after a restore to another host (manual 5.7, p. 213). `bootstrap`: where the account of the
   * services is no administrator (1.3, p. 31). `wait-for-certificates`: such a rim while it is added (2.11, p. 160).
   */
  mode: z.enum(['restore-host-name', 'bootstrap', 'wait-for-certificates']),
  /** As a program of its own, not as a service; by default with `restore-host-name`, as the manual has it. */
  standalone: z.boolean().optional(),
  /** What lines with ERROR are; one with FATAL always fails. */
  'on-errors': z.enum(['fail', 'warn']).default('fail'),
  /** Milliseconds. */
  limits: z
    .strictObject({
      total: z
        .int()
        .min(1)
        .default(30 * MINUTE),
      silence: z
        .int()
        .min(1)
        .default(10 * MINUTE),
      exit: z.int().min(1).default(MINUTE),
    })
    .prefault({}),
});

type Input = z.infer<typeof input>;

/** The dispatcher's name where it exists, and whether it ran. */
export type BootstrapBefore = { dispatcher: string | null; ran: boolean };

const DISPATCHER = 'QlikSenseServiceDispatcher';
const WAITING = 'waiting';

/** Where to look when it did not go well. */
const LOOK =
  'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server, at its newest files. Running it again does no harm: `sense-runbook resume`.';

/**
 * Runs `repository.exe -bootstrap` and talks with it: starts the Service Dispatcher when it wants it, presses ENTER when
 * it is done, and reads its lines for errors. Only on this machine; elsewhere a person is told what to type.
 */
export function createRepositoryBootstrap(
  c: Pick<ActionCollaborators, 'site' | 'person'>,
): Action<Input, BootstrapBefore> {
  function commandOf({ mode, standalone = mode === 'restore-host-name' }: Input): CommandOperation {
    const folder = repositoryFolder(c.site);
    const argv = [
      joinPath(folder, 'Repository.exe'),
      '-bootstrap',
      ...(standalone ? ['-standalone'] : []),
      ...(mode === 'restore-host-name' ? ['-restorehostname'] : []),
    ];
    // Where the account is an administrator it is left out.
    return {
      kind: 'command',
      argv,
      folder,
      effect: 'change',
      ...(mode === 'restore-host-name' ? {} : { repeat: true }),
    };
  }
  const humanOf = (given: Input, node: ReadableNode): HumanOperation => ({
    kind: 'human',
    text: byHand(c.site, node, given.mode, commandOf(given).argv),
    effect: 'change',
    ...(given.mode === 'restore-host-name' ? {} : { repeat: true }),
  });

  async function refusalOf({ mode }: Input, node: ReadableNode): Promise<Refusal | undefined> {
    const release = mode === 'restore-host-name' ? await releaseRefusal(c.site, node) : undefined;
    return release ?? (isHere(node) ? rightsRefusal(node) : undefined);
  }

  return {
    name: 'repository.bootstrap',
    effect: 'change',
    input,
    onCancel: 'kill',
    byHand: false,
    milestones: [WAITING],

    async describe(given, { node }) {
      try {
        const refusal = await refusalOf(given, node);
        if (refusal !== undefined) return notPlanned(`${refusal.message} ${refusal.hint}`);
        const milestones = given.mode === 'wait-for-certificates' ? [WAITING] : [];
        const notes =
          given.mode === 'restore-host-name'
            ? releaseNotes(c.site.qlik.release)
            : [
                `Left out on ${node.name} when its services run as an administrator: they do it at each start (manual 1.3, p. 31).`,
              ];
        const operations = isHere(node) ? [startOperation(), commandOf(given)] : [humanOf(given, node)];
        return { operations, notes, ...(milestones.length > 0 && { milestones }) };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    async prepare(given, { node }) {
      const refusal = await refusalOf(given, node);
      if (refusal !== undefined) throw new StepError(refusal.message, { hint: refusal.hint });
      const services = await node.services.list();
      const running = services.filter(countsAsRunning).map(({ name }) => name);
      const inTheWay = running.filter(
        (name) => !['dispatcher', 'database'].includes(wordOf(name) ?? 'database'),
      );
      if (inTheWay.length > 0 && isHere(node))
        throw new StepError(
          `${node.name}: ${inTheWay.join(', ')} must be stopped while the repository is bootstrapped`,
          { hint: 'Nothing was changed. Stop all Qlik Sense services but the database (manual 1.3, p. 31).' },
        );
      const dispatcher = services.find(({ name }) => wordOf(name) === 'dispatcher')?.name ?? null;
      return { dispatcher, ran: dispatcher !== null && running.includes(dispatcher) };
    },

    async execute(given, _before, context) {
      if (given.mode !== 'restore-host-name') {
        const reason = await whyNotNeeded(context);
        if (reason !== undefined) {
          context.progress({ text: reason });
          return { ran: false, reason };
        }
      }
      if (!isHere(context.node)) {
        await askPerson(c, humanOf(given, context.node), 'the bootstrap is not done yet', context);
        if (given.mode === 'wait-for-certificates') context.reached(WAITING);
        return { ran: true, byHand: true };
      }
      const heard = nothingHeard();
      const startDispatcher = () =>
        context.service(startOperation(), { timeoutMs: c.site.timeouts.serviceStart });
      if (given.mode !== 'restore-host-name') await startDispatcher();
      const command = commandOf(given);
      try {
        await talkThrough(
          {
            limits: given.limits,
            run: (options) => context.exec(command, { ...options, cwd: command.folder ?? '' }),
            // Being there already is success.
            onStartup: startDispatcher,
            onWaiting: () => {
              if (given.mode === 'wait-for-certificates') context.reached(WAITING);
            },
            onLine: (text) => {
              context.progress({ text: text.trim() });
            },
          },
          heard,
        );
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        throw new StepError(`${context.node.name}: ${error.message}`, {
          hint: LOOK,
          changed: changedWords(heard, given),
          cause: error,
        });
      }
      judge(heard, given, context);
      return { ran: true, errors: heard.errors, waited: heard.waiting };
    },

    // From outside nobody can tell how far it came; running it again does no harm, so that nobody has to be asked.
    check: () => Promise.resolve('unknown'),

    describeUndo: (_given, before) =>
      Promise.resolve({
        operations: before.dispatcher === null || before.ran ? [] : [stopOperation(before.dispatcher)],
      }),

    async undo(_given, before, _outputs, context) {
      if (before.dispatcher === null || before.ran) return;
      await context.service(stopOperation(before.dispatcher), { timeoutMs: c.site.timeouts.serviceStop });
    },
  };
}

/** Only its own terminal can be talked with. */
function isHere({ transport }: Pick<ReadableNode, 'transport'>): boolean {
  return transport === 'local' || transport === 'simulated';
}

function startOperation(): ServiceOperation {
  return { kind: 'service', verb: 'start', service: DISPATCHER, effect: 'change', repeat: true };
}

function stopOperation(service: string): ServiceOperation {
  return { kind: 'service', verb: 'stop', service, effect: 'change' };
}

function releaseNotes(release: string | undefined): string[] {
  return release === undefined
    ? [
        'The site file does not tell the release: in April 2018 this does not work, in June 2017 only with EnableRestoreHostname=true.',
      ]
    : [];
}

/** Where the services run as an administrator, each start does it; what is not known for certain counts as another. */
async function whyNotNeeded({ node, signal }: ReadContext): Promise<string | undefined> {
  if (node.discover === undefined) return undefined;
  try {
    const { accounts } = readDiscovery(await node.discover(signal));
    const [first] = accounts;
    if (first === undefined || accounts.some(({ administrator }) => administrator !== true)) return undefined;
    return `The services of ${node.host} run as ${first.account}, an administrator: they do it at each start.`;
  } catch (error) {
    signal.throwIfAborted();
    factOf(error);
    return undefined;
  }
}

/** It came to its end: but did it do what it was to do? @throws StepError */
function judge(heard: Heard, given: Input, context: ExecuteContext): void {
  const { name } = context.node;
  const fail = (message: string): StepError =>
    new StepError(`${name}: ${message}`, { hint: LOOK, changed: changedWords(heard, given) });
  if (heard.fatal.length > 0) throw fail(`repository.exe reported fatal errors:\n${heard.fatal.join('\n')}`);
  if (heard.errors.length > 0) {
    const message = `repository.exe reported errors:\n${heard.errors.join('\n')}`;
    if (given['on-errors'] === 'fail') throw fail(message);
    context.warn(`${name}: ${message}`, LOOK);
  }
  const restores = given.mode === 'restore-host-name';
  if (restores && !(heard.startup && heard.terminated))
    throw fail(`repository.exe ended before it was done. ${heardWords(heard)}`);
  if (!heard.terminated)
    context.warn(
      `${name}: repository.exe ended without saying "Bootstrap mode has terminated". ${heardWords(heard)}`,
      LOOK,
    );
  if (!heard.endedItself)
    context.warn(`${name}: repository.exe went on after ENTER and was ended; it had said that it was done.`);
}

function changedWords({ startup }: Heard, { mode }: Input): string {
  const dispatcher = startup || mode !== 'restore-host-name' ? ' The Service Dispatcher was started.' : '';
  return `repository.exe was run; what it changed in the repository database is not known.${dispatcher}`;
}
