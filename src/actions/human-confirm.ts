import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, Judgement, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';

const input = z.strictObject({
  /** What the person is to do, in plain words. */
  text: z.string().min(1),
  effect: z.enum(['read', 'change', 'destroy']).default('change'),
  /** What must hold afterwards, so that it need not be believed. */
  expect: z
    .strictObject({
      /** A file or folder on the node that must be there. */
      file: z.string().min(1).optional(),
      /** Services that must run on the node. */
      running: z.array(z.string()).optional(),
      /** Services that must be stopped on the node. */
      stopped: z.array(z.string()).optional(),
    })
    .default({}),
});

type Input = z.infer<typeof input>;

/** Waits for a person to do something that no program can do here, and looks whether it was done. */
export function createHumanConfirm(c: Pick<ActionCollaborators, 'person'>): Action<Input, null> {
  return {
    name: 'human.confirm',
    effect: (given) => given.effect,
    input,
    onCancel: 'kill',
    mayBeUnknown: true,
    describe: (given) =>
      Promise.resolve({ operations: [operationFor(given)], notes: expectationNotes(given) }),
    prepare: () => Promise.resolve(null),
    async execute(given, _before, context) {
      await askPerson(c, operationFor(given), `not done yet: ${given.text}`, context);
      const unmet = await unmetExpectations(given, context);
      if (unmet.length > 0) {
        throw new StepError(`this should hold now and does not: ${unmet.join('; ')}`, {
          hint: `Do it, then \`sense-runbook resume\`: ${given.text}`,
        });
      }
      return {};
    },
    async check(given, _before, context): Promise<Judgement> {
      const { file, running = [], stopped = [] } = given.expect;
      if (file === undefined && running.length + stopped.length === 0) return 'unknown';
      return (await unmetExpectations(given, context)).length === 0 ? 'done' : 'not-done';
    },
  };
}

/** What is looked at afterwards. */
function expectationNotes({ expect: { file, running = [], stopped = [] } }: Input): string[] {
  const wanted = [
    ...(file === undefined ? [] : [`${file} is there`]),
    ...running.map((service) => `${service} runs`),
    ...stopped.map((service) => `${service} is stopped`),
  ];
  return wanted.length === 0 ? [] : [`Looked at afterwards: ${wanted.join('; ')}`];
}

function operationFor({ text, effect }: Input): HumanOperation {
  return { kind: 'human', text, effect };
}

async function unmetExpectations({ expect }: Input, { node }: Pick<ReadContext, 'node'>): Promise<string[]> {
  const unmet: string[] = [];
  if (expect.file !== undefined && !(await isThere(node.reach(expect.file)))) {
    unmet.push(`${expect.file} is there`);
  }
  for (const service of expect.running ?? []) {
    if ((await node.services.query(service)).state !== 'running') unmet.push(`${service} runs`);
  }
  for (const service of expect.stopped ?? []) {
    if ((await node.services.query(service)).state !== 'stopped') unmet.push(`${service} is stopped`);
  }
  return unmet;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await fs.stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
