import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { messageOf, StepError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation, HumanOperation, ServiceOperation } from '../contract/operation.ts';
import { readDiscovery } from '../discovery/windows.ts';
import { joinPath } from '../site/paths.ts';
import { askPerson } from './ask-person.ts';
import { nothingHeard, talkThrough } from './bootstrap-conversation.ts';
import { ASK_ABOUT_LINES, ASK_NOTE, judgeHeard, LOOK } from './bootstrap-judge.ts';
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
  /** What lines with ERROR are where nobody can be asked; one with FATAL fails then. `warn` does not ask about ERROR. */
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

/**
 * Runs `repository.exe -bootstrap` and talks with it: starts the Service Dispatcher when it wants it, presses ENTER when
 * it is done, and reads its lines for errors. When it fails, a dispatcher that was started for it is stopped again. Only on
 * this machine; elsewhere a person is told what to type.
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
        if (!isHere(node))
          return { operations: [humanOf(given, node)], notes, ...(milestones.length > 0 && { milestones }) };
        const operations = [startOperation(), commandOf(given), ASK_ABOUT_LINES, STOP_AGAIN];
        const more = [ASK_NOTE, `${DISPATCHER} is stopped again only when the step fails.`];
        return { operations, notes: [...notes, ...more], ...(milestones.length > 0 && { milestones }) };
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

    async execute(given, before, context) {
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
      let ordered = false;
      const startDispatcher = () => {
        ordered = true;
        return context.service(startOperation(), { timeoutMs: c.site.timeouts.serviceStart });
      };
      const command = commandOf(given);
      try {
        if (given.mode !== 'restore-host-name') await startDispatcher();
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
        ).catch((error: unknown) => {
          if (!(error instanceof StepError)) throw error;
          throw new StepError(`${context.node.name}: ${error.message}`, { hint: LOOK, cause: error });
        });
        await judgeHeard(c, heard, given, context);
      } catch (error) {
        // What was cut short is not put right in the middle of it: `resume` and `rollback` look after it.
        context.signal.throwIfAborted();
        const words = ordered ? await takeBack(before, context) : '';
        if (!(error instanceof StepError)) throw error;
        throw new StepError(error.message, {
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          changed: `repository.exe was run; what it changed in the repository database is not known.${words}`,
          cause: error.cause ?? error,
        });
      }
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

  /** Services are to stay down after a failure: the dispatcher too, unless it ran before. Says how it stands with it. */
  async function takeBack(before: BootstrapBefore, context: ExecuteContext): Promise<string> {
    if (before.ran) return '';
    // A run that was planned by an earlier release does not have it.
    if (!context.isPlanned(STOP_AGAIN)) return ' The Service Dispatcher was started.';
    try {
      await context.service(STOP_AGAIN, { timeoutMs: c.site.timeouts.serviceStop });
      return ' The Service Dispatcher was started and stopped again.';
    } catch (error) {
      context.signal.throwIfAborted();
      // The first failure is the one to tell.
      context.warn(
        `${context.node.name}: ${DISPATCHER} could not be stopped again: ${messageOf(error)}`,
        'Stop it by hand: services must stay down until the run goes on or is rolled back.',
      );
      return ' The Service Dispatcher was started, and could not be stopped again.';
    }
  }
}

/** Only its own terminal can be talked with. */
function isHere({ transport }: Pick<ReadableNode, 'transport'>): boolean {
  return transport === 'local' || transport === 'simulated';
}

function startOperation(): ServiceOperation {
  return { kind: 'service', verb: 'start', service: DISPATCHER, effect: 'change', repeat: true };
}

/** Only after a failure; `repeat` allows none. */
const STOP_AGAIN: ServiceOperation = { ...stopOperation(DISPATCHER), repeat: true };

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
