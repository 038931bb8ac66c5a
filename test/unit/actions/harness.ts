import fs from 'node:fs/promises';
import path from 'node:path';
import type {
  Action,
  CheckResult,
  Description,
  ExecuteContext,
  ReadContext,
  ReversedStep,
} from '../../../src/contract/action.ts';
import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import type {
  CertificateInfo,
  ExecOptions,
  ExecResult,
  ReadableNode,
  ServiceStatus,
} from '../../../src/contract/node.ts';
import { ExpectedError, ServiceError } from '../../../src/contract/errors.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import { fillText } from '../../../src/foundation/fill.ts';

/** A node whose services are a list in memory. */
export interface FakeNode extends ReadableNode {
  readonly statuses: Map<string, ServiceStatus>;
  /** What was done to services, in order: `stop X`, `start X`, `ready`. */
  readonly log: string[];
  /** Services that refuse to start, with the Win32 error. */
  readonly broken: Map<string, number>;
  readonly dependentsOf: Map<string, string[]>;
  /** Thrown by everything that asks the node. */
  unreachable: Error | undefined;
  /** Thrown by `ready`. */
  notReady: Error | undefined;
  list: CertificateInfo[];
  /** Thumbprints of certificates that cannot be exported. */
  readonly refused: Set<string>;
}

export const QLIK = [
  'QlikSenseRepositoryDatabase',
  'QlikSenseServiceDispatcher',
  'QlikSenseRepositoryService',
  'QlikSenseProxyService',
  'QlikSenseEngineService',
  'QlikSenseSchedulerService',
  'QlikSensePrintingService',
] as const;

/** Makes a node with Qlik's seven services running, changed as told. */
export function fakeNode(
  options: Partial<Pick<FakeNode, 'name' | 'host' | 'role'>> & {
    readonly services?: Readonly<Record<string, Partial<ServiceStatus>>>;
  } = {},
): FakeNode {
  const { name = 'central', host = 'qs1.example', role = 'central', services = {} } = options;
  const statuses = new Map<string, ServiceStatus>();
  for (const service of [...QLIK, ...Object.keys(services)]) {
    statuses.set(service, {
      name: service,
      displayName: service,
      state: 'running',
      startType: 'automatic',
      ...services[service],
    });
  }
  const node: FakeNode = {
    name,
    host,
    role,
    failoverCandidate: false,
    transport: 'simulated',
    statuses,
    log: [],
    broken: new Map(),
    dependentsOf: new Map(),
    unreachable: undefined,
    notReady: undefined,
    list: [],
    refused: new Set(),
    services: {
      async list() {
        answer();
        return [...statuses.values()].filter(({ name: service }) => /^(qlik|postgresql)/i.test(service));
      },
      async query(service) {
        answer();
        const status = statuses.get(service);
        if (status === undefined) throw new ServiceError(`there is no service ${service}`, service, 1060);
        return status;
      },
      async dependents(service) {
        answer();
        return node.dependentsOf.get(service) ?? [];
      },
    },
    certificates: {
      async list() {
        answer();
        return node.list;
      },
    },
    async facts() {
      answer();
      return { hostName: host, platform: 'linux', user: 'test', elevated: true };
    },
    reach: (file) => file,
    readyUrl: `http://${host}:4444/status/servicestate`,
    async ready() {
      if (node.notReady !== undefined) throw node.notReady;
      node.log.push('ready');
    },
  };
  function answer(): void {
    if (node.unreachable !== undefined) throw node.unreachable;
  }
  return node;
}

/** How one action is run. */
export interface RunOptions {
  /** Its id; `RUN` where it does not matter. */
  readonly run?: string;
  readonly node?: FakeNode;
  readonly nodes?: readonly FakeNode[];
  readonly reversed?: readonly ReversedStep[];
  /** Input of the plan where it differs: with placeholders. */
  readonly planned?: JsonObject;
  /** Values of placeholders. */
  readonly bindings?: Readonly<Record<string, string>>;
  readonly exec?: (argv: readonly string[], options: ExecOptions) => Promise<Partial<ExecResult>>;
  readonly signal?: AbortSignal;
  readonly onMilestone?: (milestone: string) => void;
  /** Called between planning and running. */
  readonly meanwhile?: () => void;
  /** Called before the work of an operation; what it throws is what a kill there would leave. */
  readonly onPerform?: (operation: Operation) => void;
  readonly onWarn?: (message: string) => void;
}

/** What a run of one action did. */
export interface Ran {
  readonly plan: Description;
  readonly performed: readonly Operation[];
  readonly outputs: JsonObject;
  readonly before: JsonValue;
  readonly warnings: readonly string[];
  /** What to do, of those warnings that say it. */
  readonly hints: readonly string[];
  /** Planned operations that were not performed, those that may be left out excepted. */
  readonly left: readonly Operation[];
}

/** Plans an action, then runs it in a context that refuses what was not planned, as the engine does. */
export async function runAction<I, B extends JsonValue>(
  action: Action<I, B>,
  input: JsonObject,
  options: RunOptions = {},
): Promise<Ran> {
  const node = options.node ?? fakeNode();
  const read = contextFor(node, options);
  const plan = await action.describe(action.input.parse(options.planned ?? input), { ...read, reversed: [] });
  options.meanwhile?.();
  const { context, performed, warnings, hints, left } = executing(plan.operations, node, options);
  const parsed = action.input.parse(input);
  const before = await action.prepare(parsed, read);
  const outputs = await action.execute(parsed, before, context);
  return { plan, performed, outputs, before, warnings, hints, left: left() };
}

/** What a way back of one action did. */
export type WentBack = Pick<Ran, 'plan' | 'performed' | 'warnings'>;

/** Describes `undo` or `discard` of an action and does it, in a context that refuses what was not described. */
export async function goBack<I, B extends JsonValue>(
  action: Action<I, B>,
  way: 'undo' | 'discard',
  input: JsonObject,
  before: JsonValue,
  options: RunOptions & { readonly outputs?: JsonObject } = {},
): Promise<WentBack> {
  const node = options.node ?? fakeNode();
  const read = contextFor(node, options);
  const parsed = action.input.parse(input);
  const plan = (await (way === 'undo'
    ? action.describeUndo?.(parsed, before as B, options.outputs, read)
    : action.describeDiscard?.(parsed, before as B, options.outputs, read))) ?? { operations: [] };
  const { context, performed, warnings } = executing(plan.operations, node, options);
  if (action[way] === undefined) throw new Error(`${action.name} has no ${way}`);
  await action[way](parsed, before as B, options.outputs, context);
  return { plan, performed, warnings };
}

/** A context that performs the planned operations and no others, and what it did. */
function executing(
  operations: readonly Operation[],
  node: FakeNode,
  options: RunOptions,
): {
  readonly context: ExecuteContext;
  readonly performed: Operation[];
  readonly warnings: string[];
  readonly hints: string[];
  readonly left: () => Operation[];
} {
  const read = contextFor(node, options);
  const open = operations.map((operation) => ({ operation, used: false }));
  const performed: Operation[] = [];
  const warnings: string[] = [];
  const hints: string[] = [];
  const bindings: Record<string, string> = { ...options.bindings };
  function find(operation: Operation): (typeof open)[number] | undefined {
    return open.find(
      (candidate) =>
        (!candidate.used || candidate.operation.repeat === true) &&
        textOf(candidate.operation, bindings) === textOf(operation),
    );
  }
  function claim(operation: Operation): void {
    const entry = find(operation);
    if (entry === undefined) throw new Error(`not planned: ${textOf(operation)}`);
    entry.used = true;
    performed.push(operation);
  }
  const context: ExecuteContext = {
    ...read,
    async perform(operation, work) {
      read.signal.throwIfAborted();
      claim(operation);
      options.onPerform?.(operation);
      return work(read.signal);
    },
    isPlanned: (operation) => find(operation) !== undefined,
    async exec(operation, { fill, ...execOptions } = {}) {
      claim(operation);
      if (options.exec === undefined) throw new Error(`no program was expected: ${operation.argv.join(' ')}`);
      const argv = operation.argv.map((argument) => fillText(argument, fill));
      return { stdout: '', stderr: '', durationMs: 1, ...(await options.exec(argv, execOptions)) };
    },
    async service(operation, wait) {
      claim(operation);
      read.signal.throwIfAborted();
      const code = node.broken.get(operation.service);
      if (code !== undefined) throw new ServiceError(`error ${String(code)}`, operation.service, code);
      const unless = wait?.mayBeStopping === true ? ' unless it keeps running' : '';
      node.log.push(`${operation.verb} ${operation.service}${unless}`);
      const status = node.statuses.get(operation.service);
      if (status === undefined) throw new Error(`no service ${operation.service}`);
      node.statuses.set(operation.service, {
        ...status,
        state: operation.verb === 'stop' ? 'stopped' : 'running',
      });
    },
    async startType(operation) {
      claim(operation);
      const { service, startType } = operation;
      const code = node.broken.get(`${service} config`);
      if (code !== undefined) throw new ServiceError(`error ${String(code)}`, service, code);
      node.log.push(`${startType} ${service}`);
      const status = node.statuses.get(service);
      if (status === undefined) throw new Error(`no service ${service}`);
      const { name, displayName, state } = status;
      node.statuses.set(service, {
        ...{ name, displayName, state },
        startType: startType === 'manual' ? 'manual' : 'automatic',
        ...(startType === 'automatic-delayed' && { delayed: true }),
      });
    },
    async certificate(operation, password) {
      claim(operation);
      if (operation.file === undefined) throw new Error('no file');
      if (node.refused.has(String(operation.thumbprint))) throw new ExpectedError('refused');
      await fs.writeFile(operation.file, `${String(operation.thumbprint)} ${password}`, { flag: 'wx' });
    },
    async request(operation) {
      claim(operation);
      throw new Error(`no request was expected: ${operation.url}`);
    },
    async unlock(operation) {
      claim(operation);
      throw new Error(`nothing was to be unlocked: ${operation.url}`);
    },
    bind(placeholder, value) {
      bindings[placeholder] = value;
    },
    reached(milestone) {
      options.onMilestone?.(milestone);
    },
    progress() {
      // Not looked at here.
    },
    warn(message, hint) {
      warnings.push(message);
      if (hint !== undefined) hints.push(hint);
      options.onWarn?.(message);
    },
  };
  return {
    context,
    performed,
    warnings,
    hints,
    left: () =>
      open
        .filter(({ operation, used }) => !used && operation.repeat !== true)
        .map(({ operation }) => operation),
  };
}

/** What an action sees while nothing is changed. */
export function contextFor(node: FakeNode, options: RunOptions = {}): ReadContext {
  return {
    node,
    nodes: options.nodes ?? [node],
    run: { id: options.run ?? 'RUN', step: 'step', attempt: 1 },
    signal: options.signal ?? new AbortController().signal,
    reversed: options.reversed ?? [],
  };
}

/** One text for equal operations; whether one may be repeated does not make it another one. */
function textOf(
  { repeat: _repeat, ...operation }: Operation,
  bindings: Readonly<Record<string, string>> = {},
): string {
  const text = JSON.stringify(operation, Object.keys(operation).sort());
  return Object.entries(bindings).reduce((current, [name, value]) => current.replaceAll(name, value), text);
}

/** Files below a folder, sorted, with `/`. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** Runs a check and gives its results. */
export async function checksOf<I>(
  action: Action<I, null>,
  options: RunOptions = {},
  input: JsonObject = {},
): Promise<{ checks: CheckResult[]; outputs: JsonObject; left: readonly Operation[]; plan: Description }> {
  const { outputs, left, plan } = await runAction(action, input, options);
  return { checks: outputs['checks'] as unknown as CheckResult[], outputs, left, plan };
}

/** `services-running ok`, one a check. */
export function statuses(checks: readonly CheckResult[]): string[] {
  return checks.map(({ id, status }) => `${id} ${status}`);
}

/** Those that failed. */
export function failed(checks: readonly CheckResult[]): CheckResult[] {
  return checks.filter(({ status }) => status === 'failed');
}
