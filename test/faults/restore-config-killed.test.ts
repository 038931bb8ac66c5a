import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { StepError } from '../../src/contract/errors.ts';
import { sampled } from '../helpers/fault-extent.ts';
import { Killed, killPlaces } from '../helpers/step-runner.ts';
import { config, configLab, REPOSITORY, SERVICES } from '../unit/actions/config-lab.ts';
import { filesIn } from '../unit/actions/harness.ts';

describe('restore.config after a kill', () => {
  const lab = (mode: string) =>
    configLab({
      set: {
        [REPOSITORY]: config('old', 'Host=old'),
        [SERVICES]: '[a]\nb=1\nc=3\n',
        'E/LocalLogConfig.xml': '<x/>',
      },
      here: { [REPOSITORY]: config('new'), [SERVICES]: '[a]\r\nb=2\r\n', 'E/x': '' },
      input: { mode },
    });
  const original = { [REPOSITORY]: config('new'), [SERVICES]: '[a]\r\nb=2\r\n', 'E/x': '' };
  const restored = {
    same: {
      [REPOSITORY]: config('old'),
      [SERVICES]: '[a]\nb=1\nc=3\n',
      'E/LocalLogConfig.xml': '<x/>',
      'E/x': '',
    },
    merge: { [REPOSITORY]: config('old'), [SERVICES]: '[a]\r\nb=1\r\nc=3\r\n', 'E/x': '' },
  };
  const cases = (['same', 'merge'] as const).flatMap((mode) =>
    killPlaces(mode === 'same' ? 8 : 7).map((kill) => ({ mode, ...kill })),
  );

  it('has as many operations as are killed here', async () => {
    expect((await (await lab('same')).step.attempt()).performed).toHaveLength(8);
    expect((await (await lab('merge')).step.attempt()).performed).toHaveLength(7);
  });

  it.each(sampled(cases, 5))(
    '$mode: $when operation $operation is completed by a resume, and put back',
    async ({ mode, ...kill }) => {
      const { step, here } = await lab(mode);
      await expect(step.attempt(kill)).rejects.toThrow(Killed);
      await step.attempt();
      expect(await here()).toEqual(restored[mode]);
      await expect(step.check()).resolves.toBe('done');
      await step.undo();
      expect(await here()).toEqual(original);
      expect(await step.undo()).toEqual([]);
    },
  );

  it.each(sampled(cases, 5))(
    '$mode: $when operation $operation is put back at once',
    async ({ mode, ...kill }) => {
      const { step, here } = await lab(mode);
      await expect(step.attempt(kill)).rejects.toThrow(Killed);
      await step.undo();
      expect(await here()).toEqual(original);
    },
  );

  it.each(killPlaces(3))('$when operation $operation of the undo is undone again', async (kill) => {
    const { step, here } = await lab('same');
    await step.attempt();
    await expect(step.undo(kill)).rejects.toThrow(Killed);
    await step.undo();
    expect(await here()).toEqual(original);
  });

  it.each(['same', 'merge'] as const)(
    '%s: a file that was written half is written again, and put back',
    async (mode) => {
      const { step, here, install } = await lab(mode);
      await expect(step.attempt({ operation: 4, when: 'after' })).rejects.toThrow(Killed);
      await fs.writeFile(path.join(install, REPOSITORY), '<config');
      await fs.writeFile(path.join(install, SERVICES), original[SERVICES]);
      await expect(step.check()).resolves.toBe('partial');
      await step.attempt();
      expect(await here()).toEqual(restored[mode]);
      await step.undo();
      expect(await here()).toEqual(original);
    },
  );

  it.each(['same', 'merge'] as const)(
    '%s: a file that somebody edited between two attempts stays as edited, is named, and is kept by the undo',
    async (mode) => {
      const { step, here, install, root } = await lab(mode);
      const edited = '[a]\nb=by hand\n';
      await expect(step.attempt({ operation: 6, when: 'after' })).rejects.toThrow(Killed);
      await fs.writeFile(path.join(install, SERVICES), edited);
      const { outputs } = await step.attempt();
      expect(await here()).toEqual({ ...restored[mode], [SERVICES]: edited });
      expect(step.last.warnings.join('\n')).toContain(
        `${path.join(install, SERVICES)} was edited since this run began`,
      );
      expect(outputs['changed']).not.toContain(path.join(install, SERVICES));
      await step.undo();
      const [after = ''] = (await filesIn(root)).filter((name) => name.includes('sense-runbook-after'));
      expect(await fs.readFile(path.join(root, after), 'utf8')).toBe(edited);
      expect((await here())[SERVICES]).toBe(original[SERVICES]);
    },
  );

  it('a new file that somebody made meanwhile stays', async () => {
    const { step, install } = await lab('same');
    const made = path.join(install, 'E/LocalLogConfig.xml');
    await expect(step.attempt({ operation: 3, when: 'after' })).rejects.toThrow(Killed);
    await fs.writeFile(made, '<mine/>');
    await step.attempt();
    expect(await fs.readFile(made, 'utf8')).toBe('<mine/>');
    expect(step.last.warnings.join('\n')).toContain(`${made} was edited since`);
  });

  it('keeps nothing of a file that a killed undo wrote half', async () => {
    const { step, here, install } = await lab('same');
    await step.attempt();
    await fs.writeFile(path.join(install, SERVICES), original[SERVICES].slice(0, 5));
    await step.undo();
    expect(await here()).toEqual(original);
    expect(step.last.warnings).toEqual([]);
  });

  it('puts nothing back from a copy that was changed', async () => {
    const { step, safety } = await lab('same');
    await step.attempt();
    const folder = path.join(safety, 'config', 'central');
    for (const name of await filesIn(folder)) await fs.writeFile(path.join(folder, name), 'x');
    await expect(step.undo()).rejects.toThrow(StepError);
  });
});

describe('the cleanup of restore.config', () => {
  it('removes what was kept, tells how large it is, and may be repeated', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1' },
      here: { [SERVICES]: 'a=22' },
      input: { mode: 'same' },
    });
    await lab.step.attempt();
    expect((await lab.step.describeDiscard())?.estimate).toEqual({ files: 1, bytes: 4 });
    await expect(lab.step.discard({ operation: 0, when: 'after' })).rejects.toThrow(Killed);
    await lab.step.discard();
    expect(await filesIn(lab.safety)).toEqual([]);
    expect((await lab.step.describeDiscard())?.operations).toEqual([]);
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=1' });
  });
});
