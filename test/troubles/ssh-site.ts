import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCalls } from '../../src/platform/simulated/services.ts';
import { SSH_COMMAND } from '../../src/platform/windows/ssh.ts';
import type { LabSite } from '../helpers/lab.ts';
import { startSshd, type SshUser, type TestSshd } from '../helpers/sshd.ts';

const PROGRAM = fileURLToPath(new URL('../helpers/ssh-node.mjs', import.meta.url));
const SCRIPTS = fileURLToPath(new URL('../../dist/powershell', import.meta.url));

/** Rim nodes and their hosts; the site's database knows the first one. */
export const RIMS = [
  { name: 'rim1', host: 'qs2.demo.example' },
  { name: 'rim2', host: 'qs3.demo.example' },
] as const;

/** Services of such a node: few, since each order is a login, and one that takes its time to stop. */
const SERVICES: Readonly<Record<string, { dependsOn: readonly string[]; slow?: boolean }>> = {
  QlikSenseServiceDispatcher: { dependsOn: [] },
  QlikSenseRepositoryService: { dependsOn: ['QlikSenseServiceDispatcher'] },
  QlikSenseEngineService: { dependsOn: ['QlikSenseRepositoryService'], slow: true },
  QlikSenseSchedulerService: { dependsOn: ['QlikSenseRepositoryService'] },
};

/** What a node was asked and told. */
interface Login {
  readonly time: string;
  /** `facts`, `look`, or `start NAME`, `stop NAME`. */
  readonly what: string;
  /** Who was logged in. */
  readonly user: string;
}

/** The rim nodes of a site, each behind an SSH server of its own. */
export interface SshNodes {
  server(name: string): TestSshd;
  logins(name: string): Login[];
  /** Services that do not run. */
  down(name: string): string[];
  stop(): void;
}

/** Gives a site of the lab rim nodes that are reached over SSH; each server runs as another user where there is one. */
export async function addSshNodes(
  site: LabSite,
  folder: string,
  users: readonly (SshUser | undefined)[],
): Promise<SshNodes> {
  const servers = new Map<string, TestSshd>();
  const home = (name: string): string => join(folder, name);
  // Where the user who logs in can read them, wherever the clone is.
  cpSync(PROGRAM, join(folder, 'ssh-node.mjs'));
  cpSync(SCRIPTS, join(folder, 'powershell'), { recursive: true });
  for (const [index, { name, host }] of RIMS.entries()) {
    const user = users[index % users.length];
    makeNode(home(name), user);
    const keys = join(folder, `${name}-ssh`);
    mkdirSync(keys);
    const program = [process.execPath, join(folder, 'ssh-node.mjs'), home(name), join(folder, 'powershell')];
    const settings = [`ForceCommand ${program.join(' ')}`];
    servers.set(
      name,
      await startSshd({ folder: keys, host, settings, ...(user === undefined ? {} : { user }) }),
    );
  }
  site.edit((content) => {
    const [central] = content['nodes'] as object[];
    // A busy machine takes seconds for a login.
    Object.assign(content['timeouts'] as object, { 'service-stop': '3m', 'service-start': '3m' });
    content['nodes'] = [central, ...RIMS.map((rim) => siteNode(rim, server(rim.name)))];
  });

  function server(name: string): TestSshd {
    const found = servers.get(name);
    if (found === undefined) throw new Error(`there is no server for ${name}`);
    return found;
  }

  return {
    server,
    logins: (name) => linesOf(join(home(name), 'logins.jsonl')),
    down(name) {
      const text = readFileSync(join(home(name), 'services.json'), 'utf8');
      const services = JSON.parse(text) as Record<string, { state: string }>;
      return Object.keys(services).filter((service) => services[service]?.state !== 'running');
    },
    stop() {
      for (const each of servers.values()) each.stop();
    },
  };
}

/** Orders to the services of all nodes in the order they came: `stop rim1 QlikSenseEngineService`. */
export async function ordersInTime(site: LabSite, nodes: SshNodes): Promise<string[]> {
  const central = (await readCalls(site.node('central'))).map(({ time, verb, service = '' }) => ({
    time,
    what: `${verb} ${service}`,
    node: 'central',
  }));
  const rims = RIMS.flatMap(({ name }) => nodes.logins(name).map((login) => ({ ...login, node: name })));
  return [...central, ...rims]
    .filter(({ what }) => /^(?:start|stop) /.test(what))
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ what, node }) => what.replace(' ', ` ${node} `));
}

function makeNode(folder: string, user: SshUser | undefined): void {
  const services = Object.entries(SERVICES).map(([name, service], index) => [
    name,
    { ...service, state: 'running', pid: 4000 + index },
  ]);
  mkdirSync(folder);
  writeFileSync(join(folder, 'expected-command'), SSH_COMMAND.join(' '));
  writeFileSync(join(folder, 'services.json'), JSON.stringify(Object.fromEntries(services)));
  writeFileSync(join(folder, 'logins.jsonl'), '');
  if (user === undefined) return;
  for (const path of ['.', 'services.json', 'logins.jsonl'])
    chownSync(join(folder, path), user.uid, user.gid);
  chmodSync(folder, 0o755);
}

function siteNode({ name, host }: (typeof RIMS)[number], server: TestSshd): object {
  const { user, port, key, knownHosts } = server;
  const options = ['HostName=127.0.0.1', `HostKeyAlias=${host}`, `UserKnownHostsFile=${knownHosts}`];
  return { name, host, role: 'rim', transport: 'ssh', ssh: { user, port, key, options } };
}

function linesOf(file: string): Login[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Login);
}
