import type { StampedEvent } from '../contract/event.ts';
import { stepsOf, type Plan, type PlanItem } from '../contract/plan.ts';
import { formatDuration, wrapText } from '../foundation/human.ts';
import type { Display, DisplayOptions } from './display.ts';
import { endWords, eventLines, stepWords } from './event-words.ts';
import { createProgressMeter, type ProgressMeter } from './progress-text.ts';
import { createTaskBlock, type BlockTask, type TaskBlock } from './task-block.ts';

type Started = Extract<StampedEvent, { type: 'step-started' }>;
type Finished = Extract<StampedEvent, { type: 'step-finished' }>;

interface Member {
  readonly key: string;
  readonly title: string;
  readonly node: string;
}

interface ShownStep extends Member {
  startedAt?: number;
  readonly meter: ProgressMeter;
  progress: string;
}

/**
 * A task list that follows the engine's events. Steps that belong together (the nodes of a step, a parallel group) are
 * one block of listr2; blocks and lines between them are written one after another.
 */
export function createTerminalDisplay(options: DisplayOptions): Display {
  const { stdout, stderr, clock, redact } = options;
  const shown = new Map<string, ShownStep>();
  let groups = new Map<string, readonly Member[]>();
  let block: TaskBlock | undefined;
  let written: Promise<void> = Promise.resolve();

  function write(lines: readonly string[]): void {
    if (lines.length === 0) return;
    written = written.then(() => {
      // `columns` is undefined or 0 where the terminal does not tell.
      const wrapped = lines.flatMap((line) => wrapText(redact(line), stdout.columns || 80, '    '));
      stdout.write(wrapped.map((line) => `${line}\n`).join(''));
    });
  }

  function titleOf(key: string): string {
    const step = shown.get(key);
    if (step === undefined) return key;
    if (step.startedAt === undefined) return redact(`${stepWords(step)}, waiting`);
    const parts = [formatDuration(Math.floor((clock.monotonic() - step.startedAt) / 1000) * 1000)];
    if (step.progress !== '') parts.push(step.progress);
    return redact(`${stepWords(step)}  ${parts.join(', ')}`);
  }

  /** Ends the block that is drawn; lines that did not end are left as they stand. */
  function closeBlock(): void {
    for (const key of block?.open() ?? []) block?.end(key, 'skipped', `${titleOf(key)}...`);
    block = undefined;
  }

  function taskOf(member: Member): BlockTask {
    shown.set(member.key, { ...member, meter: createProgressMeter(), progress: '' });
    return { key: member.key, title: () => titleOf(member.key) };
  }

  function openBlock(members: readonly Member[]): void {
    closeBlock();
    const opened = createTaskBlock(members.map(taskOf), { stdout, stderr });
    block = opened;
    written = written.then(() => opened.run());
  }

  function started(event: Started): void {
    const key = keyOf(event);
    if (block?.open().includes(key) !== true) {
      const group = groups.get(key);
      const member = { key, title: event.title, node: event.node };
      if (group !== undefined) openBlock(group);
      else if (block?.add(taskOf(member)) !== true) openBlock([member]);
    }
    const step = shown.get(key);
    if (step !== undefined) step.startedAt = clock.monotonic();
  }

  function finished(event: Finished): void {
    const key = keyOf(event);
    const text = redact(endWords(event));
    if (block?.open().includes(key) !== true) {
      write([`  ${text}`]);
      return;
    }
    const how = event.status === 'done' || event.status === 'failed' ? event.status : 'skipped';
    block.end(key, how, text);
    if (block.open().length === 0) block = undefined;
  }

  function say(event: StampedEvent): void {
    const lines = eventLines(event, options);
    if (lines.length === 0) return;
    const open = block?.open() ?? [];
    const own = 'step' in event && event.step !== undefined ? `${event.step}\n` : undefined;
    const key = open.find((candidate) => own !== undefined && candidate.startsWith(own)) ?? open[0];
    if (block === undefined || key === undefined) write(lines);
    else block.note(key, redact(lines.join('\n')));
  }

  function show(event: StampedEvent): void {
    switch (event.type) {
      case 'run-started':
        groups = groupsOf(event.plan);
        say(event);
        return;
      case 'step-started':
        started(event);
        return;
      case 'step-finished':
        finished(event);
        return;
      case 'step-progress': {
        const step = shown.get(keyOf(event));
        if (step !== undefined) step.progress = step.meter.update(event.progress, clock.monotonic());
        return;
      }
      case 'section-started':
        closeBlock();
        say(event);
        return;
      default:
        say(event);
    }
  }

  return {
    sink: show,
    async pause() {
      closeBlock();
      await written;
    },
    resume: () => undefined,
    async finish() {
      closeBlock();
      await written;
    },
  };
}

/** For every step and node of a plan: the steps and nodes that are drawn together with it. */
function groupsOf(plan: Plan): Map<string, readonly Member[]> {
  const groups = new Map<string, readonly Member[]>();
  const items: readonly PlanItem[] = [
    ...plan.sections.flatMap((section) => section.items),
    ...plan.onFailure,
    ...plan.always,
  ];
  for (const item of items) {
    const members = stepsOf([item])
      .filter((step) => step.skipped === undefined)
      .flatMap((step) =>
        step.executions.map(({ node }) => ({
          key: keyOf({ step: step.id, node }),
          title: step.title,
          node,
        })),
      );
    for (const member of members) groups.set(member.key, members);
  }
  return groups;
}

function keyOf(event: { step: string; node: string }): string {
  return `${event.step}\n${event.node}`;
}
