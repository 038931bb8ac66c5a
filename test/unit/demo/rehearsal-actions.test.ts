import { describe, expect, it } from 'vitest';
import { createCommandRun } from '../../../src/actions/command-run.ts';
import { createInstallerRun } from '../../../src/actions/installer-run.ts';
import { createHumanConfirm } from '../../../src/actions/human-confirm.ts';
import type { Action, ActionRegistry } from '../../../src/contract/action.ts';
import { rehearsalActions } from '../../../src/demo/rehearsal-actions.ts';
import { fakeSite } from '../actions/fakes.ts';
import { runAction } from '../actions/harness.ts';

const noSecrets = () => Promise.reject(new Error('no secret is read in a rehearsal'));

const other = { name: 'other' } as Action;

function vocabulary(): { actions: ActionRegistry; told: string[] } {
  const told: string[] = [];
  const real = [
    createCommandRun({ site: fakeSite() }),
    createInstallerRun({ secrets: { read: noSecrets }, stateFolder: '/s', temporaryFolder: '/t' }),
    createHumanConfirm({ person: { canAsk: true, confirm: async () => true } }),
    other,
  ] as unknown as Action[];
  const registry = new Map(real.map((action) => [action.name, action]));
  const actions = rehearsalActions(registry, (operation, node) => {
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

  it("tell an installer of the vendor's, which is a real file of this machine, and do not start it", async () => {
    const { actions, told } = vocabulary();
    const { outputs } = await runAction(action(actions, 'installer.run'), {
      mode: 'upgrade',
      file: '/media/Qlik_Sense_setup.exe',
      to: 'May 2025',
      values: { accepteula: true },
      secrets: { dbpassword: 'superuser' },
    });
    expect(told).toEqual([
      expect.stringMatching(/^central: \/media\/Qlik_Sense_setup\.exe -silent .*dbpassword=<dbpassword>$/),
    ]);
    expect(outputs).toEqual({ ran: false, release: null });
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

  it('leave every other action as it is', () => {
    expect(vocabulary().actions.get('other')).toBe(other);
  });
});
