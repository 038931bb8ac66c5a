import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { loadHooks } from '../../../src/runbook/hooks.ts';
import { action, planOf } from './support.ts';

const text = `name: test
title: T
sections:
  - { id: main, steps: [{ id: stop, uses: look }] }
always:
  - { id: start, uses: look, reverses: stop }
  - { id: tidy, uses: look }
`;

const confirm = { id: 'ask', uses: 'human.confirm', with: { text: 'Switch the alarm off' } };

function planWith(when: 'before' | 'after' | 'on-failure', step?: string) {
  const hooks = loadHooks(
    [
      {
        runbook: 'test',
        when,
        steps: [confirm],
        path: ['hooks', 0],
        ...(step === undefined ? {} : { step }),
      },
    ],
    (path) => `site.yaml:${String(path.length)}:1`,
  );
  return planOf(text, [action('human.confirm')], { hooks });
}

describe('a step that waits for a person', () => {
  it('is refused before an always-step that starts services, with its place', async () => {
    const refused = planWith('before', 'start');
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(
      /site\.yaml:\d+:1 .*human\.confirm cannot stand before always-steps/,
    );
  });

  it('is refused among the always-steps of a runbook too', async () => {
    const own = text.replace(
      'always:',
      "always:\n  - { id: ask, uses: human.confirm, with: { text: 'Off' } }",
    );
    await expect(planOf(own, [action('human.confirm')])).rejects.toThrow(/human\.confirm cannot stand/);
  });

  it.each([
    ['before', undefined],
    ['before', 'stop'],
    ['after', 'start'],
    ['before', 'tidy'],
    ['on-failure', undefined],
  ] as const)('may stand %s %s: no services wait for it in the end', async (when, step) => {
    await expect(planWith(when, step)).resolves.toBeDefined();
  });
});
