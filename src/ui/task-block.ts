import { setImmediate as nextTurn } from 'node:timers/promises';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type ListrTaskWrapper } from 'listr2';

/** One line of a block: a step on a node. */
export interface BlockTask {
  readonly key: string;
  /** The text of the line now; asked again at every tick, so that elapsed time moves. */
  title(): string;
}

/** How a line ends. */
type BlockEnd = 'done' | 'failed' | 'skipped';

/** Lines that are drawn together until each of them has ended. */
export interface TaskBlock {
  /** Adds a line; false once the block is drawn, for listr2 takes no more lines then. */
  add(task: BlockTask): boolean;
  /** Keys of the lines that have not ended. */
  open(): string[];
  end(key: string, how: BlockEnd, title: string): void;
  /** Adds a line below a task; it stays. */
  note(key: string, text: string): void;
  /** Draws until every line has ended. Never rejects. */
  run(): Promise<void>;
}

/** Our own mode decision stands: listr2 must not fall back by looking at `process.stdout`. */
class BlockRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

type Wrapper = ListrTaskWrapper<unknown, typeof BlockRenderer, typeof BlockRenderer>;

interface Line {
  readonly task: BlockTask;
  readonly ended: Promise<void>;
  settle: () => void;
  wrapper?: Wrapper;
  end?: { readonly how: BlockEnd; readonly title: string };
  readonly notes: string[];
}

const TICK_MS = 1000;

/** Makes a block; nothing is drawn before `run`. */
export function createTaskBlock(
  tasks: readonly BlockTask[],
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
): TaskBlock {
  const lines = new Map<string, Line>(tasks.map((task) => [task.key, newLine(task)]));
  let drawn = false;

  function tick(): void {
    for (const line of lines.values())
      if (line.end === undefined && line.wrapper !== undefined) line.wrapper.title = line.task.title();
  }

  async function drawLine(line: Line, wrapper: Wrapper): Promise<void> {
    line.wrapper = wrapper;
    if (line.notes.length > 0) wrapper.output = line.notes.join('\n');
    await line.ended;
    const end = line.end;
    if (end === undefined) return;
    wrapper.title = end.title;
    if (end.how === 'skipped') wrapper.skip(end.title);
    // listr2 marks a line as failed only when its task throws; the block itself goes on.
    if (end.how === 'failed') throw new Error(end.title);
  }

  return {
    add(task) {
      if (drawn) return false;
      lines.set(task.key, newLine(task));
      return true;
    },
    open: () => [...lines.values()].filter((line) => line.end === undefined).map((line) => line.task.key),
    end(key, how, title) {
      const line = lines.get(key);
      if (line === undefined || line.end !== undefined) return;
      line.end = { how, title };
      line.settle();
    },
    note(key, text) {
      const line = lines.get(key);
      if (line === undefined) return;
      line.notes.push(text);
      if (line.wrapper !== undefined) line.wrapper.output = text;
    },
    async run() {
      // Nodes of one step begin in the same turn: they are drawn together.
      await nextTurn();
      drawn = true;
      const listr = new Listr<unknown, typeof BlockRenderer, typeof BlockRenderer>(
        [...lines.values()].map((line) => ({
          title: line.task.title(),
          task: (_context: unknown, wrapper: Wrapper) => drawLine(line, wrapper),
          rendererOptions: { outputBar: Infinity, persistentOutput: true },
        })),
        {
          concurrent: true,
          exitOnError: false,
          // listr2 would end the process on Ctrl+C in the middle of the always-steps.
          registerSignalListeners: false,
          renderer: BlockRenderer,
          rendererOptions: {
            collapseErrors: false,
            showErrorMessage: false,
            logger: new ListrLogger({
              useIcons: true,
              toStderr: [],
              processOutput: new ProcessOutput(streams.stdout, streams.stderr),
            }),
          },
        },
      );
      const timer = setInterval(tick, TICK_MS);
      try {
        await listr.run();
      } finally {
        clearInterval(timer);
      }
    },
  };
}

function newLine(task: BlockTask): Line {
  let settle: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { task, ended, settle, notes: [] };
}
