import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createCommandRun } from '../../../src/actions/command-run.ts';
import { createHumanConfirm } from '../../../src/actions/human-confirm.ts';
import type { Action, ActionRegistry } from '../../../src/contract/action.ts';
import { rehearsalActions } from '../../../src/demo/rehearsal-actions.ts';
import { simulatedProgramInfo } from '../../../src/platform/simulated/installed.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../actions/fakes.ts';
import { fakeNode, runAction } from '../actions/harness.ts';

const other = { name: 'other' } as Action;

function vocabulary(): { actions: ActionRegistry; told: string[] } {
  const told: string[] = [];
  const real = [
    createCommandRun({ site: fakeSite() }),
    createHumanConfirm({ person: { canAsk: true, confirm: async () => true } }),
    other,
  ] as unknown as Action[];
  const registry = new Map(real.map((action) => [action.name, action]));
  const actions = rehearsalActions(registry, { ...fakeSite(), nodes: [] }, (operation, node) => {
    if (operation.kind === 'command') told.push(`${node}: ${operation.argv.join(' ')}`);
  });
  return { actions, told };
}

function action(actions: ActionRegistry, name: string): Action {
  const found = actions.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

describe('the actions of a rehearsal', () => {
  it.each(['change', 'destroy'])('tell a command of class %s and do not execute it', async (effect) => {
    const { actions, told } = vocabulary();
    // The harness throws on a program that was not expected.
    const { plan, outputs } = await runAction(action(actions, 'command.run'), { argv: ['rm', 'x'], effect });
    expect(told).toEqual(['central: rm x']);
    expect(outputs).toEqual({ stdout: '', stderr: '' });
    expect(plan.operations).toHaveLength(1);
  });

  it('leave out what works on a second database server, and ask the one of the copy instead', async () => {
    const asked: unknown[] = [];
    const never = () => Promise.reject(new Error('no second server is asked'));
    const real = [
      ...['move.databases', 'check.new-server'].map((name) => ({
        ...{ name, effect: name.startsWith('check') ? 'read' : 'change', input: z.looseObject({}) },
        ...{ describe: never, prepare: never, execute: never, check: never, undo: never },
      })),
      {
        ...{ name: 'postgres.check-databases', effect: 'read', input: z.looseObject({}) },
        ...{ describe: async () => ({ operations: [] }), prepare: async () => null },
        execute: async (input: unknown) => {
          asked.push(input);
          return {};
        },
      },
    ] as unknown as Action[];
    const registry = new Map(real.map((one) => [one.name, one]));
    const actions = rehearsalActions(registry, { ...fakeSite(), nodes: [] }, () => undefined);
    const moved = await runAction(action(actions, 'move.databases'), { port: 1 });
    expect(moved.plan.notes).toEqual([expect.stringContaining('no second database server')]);
    const checked = await runAction(action(actions, 'check.new-server'), { port: 1 });
    expect(checked.outputs['checks']).toMatchObject([{ status: 'warning' }]);
    await runAction(action(actions, 'postgres.check-databases'), {
      at: { port: 1 },
      major: 16,
      owners: false,
    });
    expect(asked).toEqual([{ at: undefined, major: '', owners: false }]);
  });

  it('execute a command that only reads', async () => {
    const { actions, told } = vocabulary();
    const { outputs } = await runAction(
      action(actions, 'command.run'),
      { argv: ['ls'], effect: 'read' },
      { exec: async () => ({ stdout: 'here\n' }) },
    );
    expect(outputs['stdout']).toBe('here');
    expect(told).toEqual([]);
  });

  it('ask the person without looking for what is only done on the real site', async () => {
    const { actions } = vocabulary();
    const input = { text: 'Stop the proxy', expect: { stopped: ['QlikSenseProxyService'] } };
    const { performed } = await runAction(action(actions, 'human.confirm'), input);
    expect(performed).toEqual([{ kind: 'human', text: 'Stop the proxy', effect: 'change' }]);
  });

  /** The actions for installers, told what they are given, on a copy of `release` whose node has a folder. */
  function installers(release: string) {
    const given: { step: string; input: Record<string, unknown> }[] = [];
    const heard = (step: string) => (input: unknown) => {
      given.push({ step, input: input as Record<string, unknown> });
      return Promise.resolve({ operations: [] });
    };
    const folder = temporaryFolder();
    const { name, host, role, failoverCandidate } = fakeNode();
    const node = { name, host, role, failoverCandidate, transport: 'simulated' as const, folder };
    const actions = rehearsalActions(
      new Map(
        ['installer.run', 'check.installer'].map((name) => [
          name,
          {
            name,
            ...{ describe: heard('describe'), prepare: heard('prepare') },
            ...{ execute: heard('execute'), check: heard('check') },
          } as unknown as Action,
        ]),
      ),
      { nodes: [node], qlik: { ...fakeSite().qlik, release } },
      () => undefined,
    );
    return { actions, given, folder, context: { node } as never };
  }

  it.each([
    ['upgrade', 'May 2025', 'February 2024 Patch 2', 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025'],
    ['repair', '', 'February 2024', 'Qlik_Sense_setup.exe', 'Qlik Sense February 2024'],
    ['patch', 'May 2025 Patch 3', 'May 2025', 'Qlik_Sense_update.exe', 'Qlik Sense May 2025 Patch 3'],
    [
      'uninstall-patch',
      ...['May 2025', 'May 2025 Patch 3', 'Qlik_Sense_update.exe', 'Qlik Sense May 2025 Patch 3'],
    ],
    ['postgres-upgrade', '', 'May 2025', 'Qlik_PostgreSQL_setup.exe', 'Qlik PostgreSQL Installer 14.17'],
  ] as const)(
    'take for an installer in mode %s (to "%s", from %s) never the file that is named',
    async (mode, to, release, program, product) => {
      const { actions, given, folder, context } = installers(release);
      const input = { mode, to, file: 'C:\\real\\setup.exe', secrets: { userpassword: 'a secret' } };
      const run = action(actions, 'installer.run');
      await run.describe(input, context);
      await run.prepare(input, context);
      await run.execute(input, null, context);
      await run.check(input, null, context);
      expect(given.map(({ step }) => step)).toEqual(['describe', 'prepare', 'execute', 'check']);
      for (const { input: heard } of given) {
        const file = String(heard['file']);
        expect(path.relative(folder, file)).not.toMatch(/^\.\./);
        expect(path.basename(file)).toBe(program);
        expect(await simulatedProgramInfo(file, new AbortController().signal)).toMatchObject({ product });
        expect(heard).toMatchObject({ mode, to, secrets: {} });
      }
    },
  );

  it('compare no hash of the real media with the stand-in', async () => {
    const { actions, given, context } = installers('February 2024');
    const input = { mode: 'upgrade', to: 'May 2025', file: 'C:\\setup.exe', sha256: 'a'.repeat(64) };
    await action(actions, 'check.installer').describe(input, context);
    expect(given[0]?.input).toMatchObject({ sha256: '' });
    expect(given[0]?.input).not.toHaveProperty('secrets');
  });

  it('leave every other action as it is', () => {
    expect(vocabulary().actions.get('other')).toBe(other);
  });
});
