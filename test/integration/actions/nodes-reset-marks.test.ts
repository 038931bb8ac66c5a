import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFreePort } from '../../../src/postgres/free-port.ts';
import { runOptions } from '../../helpers/engine.ts';
import {
  ids,
  INPUT,
  lab,
  registered,
  repository,
  TWO,
  unlockAt,
  waitingRim,
  useNodesLab,
} from './nodes-lab.ts';

useNodesLab();

describe('a rim node that is added anew', () => {
  const definition = { id: ids[0], name: 'Site', choiceValues: ['North', 'South'] };
  const MARKED = () => [
    registered(0, 'Central', 'qs9.example'),
    registered(1, 'Rim of old', 'QS2.example', {
      customProperties: [{ id: ids[1], value: 'North', definition }],
      tags: [{ id: ids[2], name: 'reload' }],
    }),
  ];

  it('gets back its custom properties and tags, which no addition takes', async () => {
    const api = await repository(MARKED());
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    expect(await run(INPUT)).toMatchObject({ outcome: 'done', warnings: [] });
    expect(api.bodies.at(-1)).toMatchObject({
      id: ids[2],
      name: 'Rim of old',
      hostName: 'qs2.example',
      customProperties: [{ value: 'North', definition }],
      tags: [{ id: ids[2], name: 'reload' }],
    });
    expect(JSON.stringify(api.bodies.at(-1))).not.toContain(`"id":"${String(ids[1])}"`);
  });

  it('is done without them where the repository refuses them: they are named for a person to set again', async () => {
    const api = await repository(MARKED(), { put: 400 });
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { outcome, warnings } = await run(INPUT);
    expect(outcome).toBe('done');
    expect(warnings[0]?.message).toContain('custom properties: Site = North; tags: reload');
  });

  it('on which nobody waits for certificates: it is said what must wait there', async () => {
    const api = await repository(TWO());
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(await findFreePort()) });
    const { error } = await run(INPUT);
    expect(error?.hint).toContain('`repository.exe -bootstrap` elevated');
    expect(error?.hint).toContain('sense-runbook resume');
  });

  it('keeps its settings in the folder of the run until that is cleaned up', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const { run, engine, stateFolder } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { run: id } = await run(INPUT);
    const kept = path.join(stateFolder, 'runs', id, 'safety', 'before', 'step-central.json');
    expect(await fs.readFile(kept, 'utf8')).toContain('Rim of old');
    const approved = runOptions({ approvals: { change: true, destroy: 'lab' } });
    expect((await engine.cleanup(id, approved)).outcome).toBe('done');
    await expect(fs.readFile(kept)).rejects.toThrow('ENOENT');
  });
});
