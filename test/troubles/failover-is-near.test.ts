import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOf, type Plan } from '../../src/contract/plan.ts';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { backUp } from '../helpers/expect-tool.ts';

const TAKES_OVER = /The predicted downtime is .* a failover candidate takes over its role\./;

let lab: Lab;
let site: LabSite;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  await inRepository(`UPDATE "ServerNodeConfigurations" SET "FailoverCandidate" = true`);
  site.edit((content) => {
    for (const node of content['nodes'] as Record<string, unknown>[])
      if (node['role'] === 'rim') node['failover-candidate'] = true;
  });
});

afterAll(async () => {
  await lab.close();
});

async function inRepository(text: string): Promise<void> {
  const client = new pg.Client({ ...lab.demo.cluster.address, database: 'QSR' });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/**
 * Lets the one run of the site have taken so long for a step: a dump of a real repository takes minutes. Each line of a journal
 * has the hash of the one before.
 */
function letStepHaveTaken(step: string, durationMs: number): void {
  const [run = ''] = readdirSync(join(site.state, 'runs'));
  const file = join(site.state, 'runs', run, 'journal.jsonl');
  const written: string[] = [];
  let changed = 0;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const before = written.at(-1);
    if (before !== undefined) entry['prev'] = createHash('sha256').update(before).digest('hex');
    if (entry['type'] === 'result' && entry['step'] === step) {
      entry['durationMs'] = durationMs;
      changed += 1;
    }
    written.push(JSON.stringify(entry));
  }
  expect(changed).toBe(1);
  writeFileSync(file, `${written.join('\n')}\n`);
}

async function plan(): Promise<Plan> {
  const shown = await site.run(['--json', 'plan', 'backup']);
  expect(shown.code, shown.stderr).toBe(0);
  return JSON.parse(shown.stdout) as Plan;
}

/** What is stopped, in the order of the plan: `rim/QlikSenseEngineService`. */
function stopsOf({ sections }: Plan): string[] {
  return sections
    .flatMap(({ items }) => stepsOf(items))
    .flatMap(({ executions }) => executions)
    .flatMap(({ node, operations }) =>
      operations.flatMap((operation) =>
        operation.kind === 'service' && operation.verb === 'stop' ? [`${node}/${operation.service}`] : [],
      ),
    );
}

describe('a site with a failover candidate', () => {
  it('is warned in the plan when the downtime comes near the time after which the candidate takes over', async () => {
    expect((await plan()).warnings.join('\n')).not.toMatch(TAKES_OVER);
    await backUp(site);
    letStepHaveTaken('dump-qsr', 50_000);
    const far = await plan();
    expect(far.predicted.downtimeMs).toBeGreaterThan(50_000);
    expect(far.warnings.join('\n')).not.toMatch(TAKES_OVER);

    await inRepository(
      'UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "FailoverTimeout" = 1',
    );
    const near = await plan();
    const sentence = near.warnings.find((warning) => TAKES_OVER.test(warning));
    expect(sentence).toMatch(/downtime is .+\. When the central node is away for 1 min, a failover/);
    const text = await site.run(['plan', 'backup']);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout.replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  it('has the candidate stop before the central node, so that it does not take over', async () => {
    const stops = stopsOf(await plan()).filter((name) => !name.endsWith('/QlikSenseSchedulerService'));
    const ofCentral = stops.findIndex((name) => name.startsWith('central/'));
    const ofCandidate = stops.findLastIndex((name) => name.startsWith('rim/'));
    expect(stops).toContain('rim/QlikSenseRepositoryService');
    expect(stops).toContain('central/QlikSenseRepositoryService');
    expect(ofCandidate, stops.join(', ')).toBeLessThan(ofCentral);
  });
});
