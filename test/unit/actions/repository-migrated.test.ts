import { describe, expect, it } from 'vitest';
import { createRepositoryMigrated } from '../../../src/actions/repository-migrated.ts';
import { InterruptedError, RepositoryApiError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { PLANNED, fakeScratch, parts } from './fakes.ts';
import { fakeNode, runAction, type FakeNode } from './harness.ts';
import { certificatesInSet } from './set-certificates.ts';

async function collaborators() {
  const c = parts();
  return {
    ...c,
    scratch: fakeScratch(),
    secrets: { read: async () => 'word' },
    ...(await certificatesInSet(c)),
  };
}

/** A node with these apps: the answer to "App: Get state" of each, by its identifier. */
function nodeWith(
  apps: Readonly<Record<string, JsonValue | Error>>,
): FakeNode & { readonly paths: string[] } {
  const paths: string[] = [];
  return Object.assign(fakeNode(), {
    paths,
    repository: {
      url: (path: string) => `https://qs1.example:4242${path}`,
      get: async (path: string): Promise<JsonValue> => {
        paths.push(path);
        if (path === '/qrs/app') return Object.keys(apps).map((id) => ({ id, name: `App ${id}`, more: 1 }));
        const id = /^\/qrs\/app\/([^/]+)\/state$/.exec(path)?.[1] ?? '';
        const answer = apps[id];
        if (answer === undefined) throw new Error(`not expected: ${path}`);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
}

const enabled = (appIsEnabled: boolean) => ({ appIsEnabled, schemaPath: 'AppState' });

async function run(apps: Parameters<typeof nodeWith>[0]) {
  const node = nodeWith(apps);
  const ran = await runAction(
    createRepositoryMigrated(await collaborators()),
    { set: 'SET' },
    { ...PLANNED, node },
  );
  return { ...ran, node };
}

describe('repository.migrated', () => {
  it('asks for every app, once, and says nothing where all are migrated', async () => {
    const { outputs, warnings, node, left } = await run({ a: enabled(true), b: enabled(true) });
    expect(outputs).toEqual({ apps: 2, open: [] });
    expect(warnings).toEqual([]);
    expect(left).toEqual([]);
    expect(node.paths.sort()).toEqual(['/qrs/app', '/qrs/app/a/state', '/qrs/app/b/state']);
  });

  it('names those that are not, up to ten', async () => {
    const { outputs, warnings } = await run({ a: enabled(false), b: enabled(true) });
    expect(outputs).toEqual({ apps: 2, open: ['App a'] });
    expect(warnings).toEqual(['1 of 2 apps is not migrated to this release yet: App a.']);
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`${at + 10}`, enabled(false)]));
    expect((await run(many)).warnings[0]).toMatch(/^12 of 12 apps are .+: App 10, .+, App 19 and 2 more\.$/);
  });

  it('says of how many it is not known, as of one that was removed meanwhile', async () => {
    const gone = new RepositoryApiError('HTTP 404', { hint: 'x' });
    const { outputs, warnings } = await run({ a: gone, b: enabled(true) });
    expect(outputs).toEqual({ apps: 2, open: [] });
    expect(warnings).toEqual(['Nothing told of 1 app whether migration is done.']);
  });

  it.each([
    [
      'a release that does not tell',
      new RepositoryApiError('HTTP 404: this release does not have it', { hint: 'x' }),
    ],
    ['another answer than the documented one', { enabled: true }],
  ])('warns of %s, and goes on', async (_what, answer) => {
    const { outputs, warnings } = await run({ a: answer, b: answer });
    expect(outputs).toEqual({ apps: null, open: null });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Which apps have to be migrated is not known: /);
  });

  it('asks nothing where a node has no repository API, and lets an interruption and a bug of ours through', async () => {
    const c = await collaborators();
    const plain = await runAction(
      createRepositoryMigrated(c),
      { set: 'SET' },
      { ...PLANNED, node: fakeNode() },
    );
    expect([plain.outputs, plain.performed]).toEqual([{ apps: null, open: null }, []]);
    await expect(run({ a: new TypeError('undefined is not a function') })).rejects.toThrow(TypeError);
    const controller = new AbortController();
    const node = nodeWith({ a: enabled(true) });
    const stop = () => {
      controller.abort(new InterruptedError('Ctrl+C'));
      return Promise.reject(new RepositoryApiError('ended', { hint: 'x' }));
    };
    Object.assign(node.repository ?? {}, { get: stop });
    const options = { ...PLANNED, node, signal: controller.signal };
    await expect(runAction(createRepositoryMigrated(c), { set: 'SET' }, options)).rejects.toThrow('Ctrl+C');
  });
});
