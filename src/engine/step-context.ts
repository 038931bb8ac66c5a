import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { ServiceError } from '../contract/errors.ts';
import type { Operation } from '../contract/operation.ts';
import type { PlanStep } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { fillText } from '../foundation/fill.ts';
import type { Ledger } from './ledger.ts';
import { reversedBy } from './reversed.ts';
import type { AttemptKey } from './records.ts';

/** Longest wait for one service where neither the step nor the action says otherwise. Milliseconds. */
const SERVICE_WAIT = 5 * 60_000;

/** What an action may look at in this attempt. */
export function readContext(
  run: ActiveRun,
  step: PlanStep,
  key: AttemptKey,
  signal: AbortSignal,
): ReadContext {
  return {
    node: run.node(key.node),
    nodes: run.collaborators.nodes,
    run: { id: run.id, step: step.id, attempt: key.attempt },
    signal,
    reversed: reversedBy(run.plan, run.state(), step.reverses),
  };
}

/** The only way of an action to effects: each is ticked off in the ledger and journaled around. */
export function executeContext(options: {
  run: ActiveRun;
  step: PlanStep;
  key: AttemptKey;
  ledger: Ledger;
  signal: AbortSignal;
  /** Always-steps go on without a journal. */
  always: boolean;
  onMilestone?: ((milestone: string) => void) | undefined;
}): ExecuteContext {
  const { run, step, key, ledger, signal, always } = options;
  const node = run.node(key.node);
  const append = always ? run.appendIfPossible.bind(run) : run.append.bind(run);

  async function perform<T>(operation: Operation, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    ledger.claim(operation);
    append({ type: 'operation', phase: 'begin', operation, ...key });
    run.emit({ type: 'operation', step: key.step, node: key.node, operation });
    try {
      const result = await work(signal);
      append({ type: 'operation', phase: 'end', operation, ...key });
      return result;
    } catch (error) {
      // The failure itself is what matters; the journal may be what failed.
      const refused = error instanceof ServiceError && error.orderRefused;
      run.appendIfPossible({
        ...{ type: 'operation', phase: 'failed', operation, ...key },
        ...(refused && { refused: true }),
      });
      throw error;
    }
  }

  return {
    ...readContext(run, step, key, signal),
    perform,
    isPlanned: (operation) => ledger.has(operation),
    exec(operation, { fill, ...execOptions } = {}) {
      return perform(operation, async (operationSignal) => {
        let pid: number | undefined;
        try {
          const argv = operation.argv.map((argument) => fillText(argument, fill));
          return await node.exec(argv, {
            ...execOptions,
            env: { PGAPPNAME: applicationName(run.id, step.id), ...execOptions.env },
            signal:
              execOptions.signal === undefined
                ? operationSignal
                : AbortSignal.any([operationSignal, execOptions.signal]),
            onSpawn(child) {
              pid = child.pid;
              append({ type: 'child', ...child, program: operation.argv[0] ?? '', ...key });
            },
          });
        } finally {
          if (pid !== undefined) run.appendIfPossible({ type: 'child-ended', pid, ...key });
        }
      });
    },
    service(operation, wait) {
      return perform(operation, async (operationSignal) => {
        const limits = {
          ...wait,
          timeoutMs: wait?.timeoutMs ?? step.timeoutMs ?? SERVICE_WAIT,
          signal: operationSignal,
        };
        if (operation.verb === 'stop') await node.services.stop(operation.service, limits);
        else if (operation.verb === 'start') await node.services.start(operation.service, limits);
        else await node.services.query(operation.service);
      });
    },
    startType(operation) {
      return perform(operation, () => node.services.setStartType(operation.service, operation.startType));
    },
    certificate(operation, password) {
      return perform(operation, async () => {
        const store = storeName(operation.store);
        const { file, thumbprint, account } = operation;
        if (operation.verb === 'export' && file !== undefined && thumbprint !== undefined) {
          await node.certificates.export(store, thumbprint, file, password);
        } else if (operation.verb === 'import' && file !== undefined) {
          await node.certificates.import(store, file, password, account);
        } else if (operation.verb === 'give-access' && file !== undefined && account !== undefined) {
          // What is there with its key stays as it is, and the account gets access all the same.
          await node.certificates.import(store, file, password, account);
        } else if (operation.verb === 'remove' && thumbprint !== undefined) {
          await node.certificates.remove(store, thumbprint);
        } else {
          throw new Error(`the certificate operation ${operation.verb} lacks its file or thumbprint`);
        }
      });
    },
    request(operation, credentials, { body, timeoutMs }) {
      return perform(operation, (operationSignal) => {
        const { repository } = node;
        const root = repository?.url('');
        if (repository === undefined || root === undefined || !operation.url.startsWith(root))
          throw new Error(`${operation.url} is not of the repository API of ${node.name}`);
        const { method } = operation;
        const path = operation.url.slice(root.length);
        return repository.send({ method, path, ...(body === undefined ? {} : { body }) }, credentials, {
          timeoutMs,
          signal: operationSignal,
        });
      });
    },
    unlock(operation, { node: name, password, timeoutMs }) {
      return perform(operation, async (operationSignal) => {
        const { unlockCertificates } = run.node(name);
        if (unlockCertificates === undefined)
          throw new Error(`certificates of ${name} cannot be unlocked from here`);
        await unlockCertificates(password, { timeoutMs, signal: operationSignal });
      });
    },
    bind(placeholder, value) {
      append({ type: 'bound', placeholder, value, ...key });
      ledger.bind(placeholder, value);
    },
    reached(milestone) {
      append({ type: 'milestone', milestone, ...key });
      options.onMilestone?.(milestone);
    },
    progress(progress) {
      run.emit({ type: 'step-progress', step: key.step, node: key.node, progress });
    },
    warn(message, hint) {
      run.warn(message, hint, step.id);
    },
  };
}

function storeName(text: string): 'LocalMachine/Root' | 'LocalMachine/My' | 'CurrentUser/My' {
  if (text === 'LocalMachine/Root' || text === 'LocalMachine/My' || text === 'CurrentUser/My') return text;
  throw new Error(`${text} is no certificate store`);
}
