import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreConfig } from '../../../src/actions/restore-config.ts';
import { pathAsName } from '../../../src/actions/set-paths.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { stepRunner } from '../../helpers/step-runner.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { fakeNode, filesIn } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

export const REPOSITORY = 'Repository/Repository.exe.config';
export const SERVICES = 'ServiceDispatcher/services.conf';
export const HOST_CFG = 'Host.cfg';
/** A `.exe.config` with one setting and connection strings. */
export const config = (value: string, strings = 'Host=here') =>
  `<configuration><appSettings><add key="A" value="${value}"/></appSettings><connectionStrings><add connectionString="${strings};Password=hunter2"/></connectionStrings></configuration>\r\n`;

/** What a test changes. */
export interface LabOptions {
  /** Relative to the installation, with the content. */
  readonly set: Readonly<Record<string, string | Buffer>>;
  readonly here: Readonly<Record<string, string | Buffer>>;
  readonly input?: JsonObject;
  /** What the manifest tells otherwise. */
  readonly site?: JsonObject;
  readonly release?: string;
  readonly host?: string;
  /** What Windows tells; absent: it cannot be asked. */
  readonly installed?: () => string;
  readonly trees?: readonly string[];
  /** Installation folder when the set was made, relative. */
  readonly installedThen?: string;
  readonly files?: readonly string[];
}

/** A node with an installation in a folder, and a set with its configuration. */
export async function configLab(options: LabOptions) {
  const root = temporaryFolder();
  const install = path.join(root, 'qlik');
  const then = options.installedThen === undefined ? install : path.join(root, options.installedThen);
  const vaultRoot = path.join(root, 'vault');
  const put = async (file: string, content: string | Buffer) => {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  };
  await fs.mkdir(install);
  for (const [name, content] of Object.entries(options.here)) await put(path.join(install, name), content);
  const files: JsonObject[] = [];
  for (const [name, content] of Object.entries(options.set)) {
    const file = name.endsWith('.reg')
      ? `config/central/${name}`
      : `config/central/${pathAsName(path.join(then, name))}`;
    await put(path.join(vaultRoot, 'SET', file), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    files.push({ path: file, size: Buffer.from(content).length, sha256 });
  }
  await put(path.join(vaultRoot, 'SET', 'manifest.json'), '{}');
  const manifest = {
    site: {
      release: 'May 2025',
      installFolder: then,
      programDataFolder: path.join(root, 'data'),
      nodes: [{ name: 'central', host: 'qs1.example' }],
      database: { host: 'db.example' },
      ...options.site,
    },
    files,
    trees: (options.trees ?? []).map((folder) => ({ folder })),
  };
  const vault = { ...fakeVault(vaultRoot), read: () => Promise.resolve(manifest as never) };
  const names = options.files ?? [
    REPOSITORY,
    SERVICES,
    HOST_CFG,
    'Capabilities.json',
    'other.xml',
    '*/LocalLogConfig.xml',
  ];
  const stateFolder = path.join(root, 'state');
  const action = createRestoreConfig({
    site: fakeSite({
      qlik: {
        release: options.release ?? 'May 2025',
        installFolder: install,
        programDataFolder: path.join(root, 'data'),
      },
      config: { files: names.map((name) => path.join(install, name)), expected: [] },
    }),
    stateFolder,
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
  });
  const { installed } = options;
  const node = Object.assign(
    fakeNode({ host: options.host ?? 'qs1.example' }),
    installed !== undefined && {
      discover: () => Promise.resolve(windowsAnswer({ release: installed() })),
    },
  ) as unknown as Node;
  const here = async () => {
    const entries = await Promise.all(
      (await filesIn(install)).map(async (name) => [
        name,
        await fs.readFile(path.join(install, name), 'utf8'),
      ]),
    );
    return Object.fromEntries(entries) as Record<string, string>;
  };
  return {
    root,
    install,
    set: path.join(vaultRoot, 'SET'),
    safety: path.join(stateFolder, 'runs', 'RUN', 'safety'),
    step: stepRunner(action, { set: 'SET', copy: '', ...options.input }, { node }),
    here,
  };
}
