import { unknownWord } from '../foundation/shape.ts';
import type { Problem } from '../foundation/shape.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import type { SiteFile } from './file-schema.ts';
import { isWindowsPath, liesIn } from './paths.ts';

/** Words that `on:` of a runbook step already uses (design section 4). */
const RESERVED_NODE_NAMES = ['all', 'rims', 'failover', 'database'];

/** What a site file that is correct by itself gets wrong between its parts; paths are those of the file. */
export function ruleProblems(site: SiteFile): Problem[] {
  return [
    ...nodeProblems(site),
    ...referenceProblems(site),
    ...placeProblems(site),
    ...retentionProblems(site),
    ...repositoryProblems(site),
    ...hookProblems(site),
  ];
}

/** What is allowed but probably not meant. `platform` is this machine's. */
export function ruleWarnings(site: SiteFile, platform: NodeJS.Platform): Problem[] {
  const warnings: Problem[] = [];
  for (const key of ['apps', 'static-content', 'archived-logs'] as const) {
    const folder = site.share[key];
    if (folder !== undefined && liesIn(folder, site.share.root))
      warnings.push(problem(['share', key], 'lies in share.root anyway and is not needed'));
  }
  site.extra.forEach(({ folder, node }, index) => {
    if (node === undefined && liesIn(folder, site.share.root))
      warnings.push(problem(['extra', index, 'folder'], 'lies in share.root and will be kept twice'));
  });
  const here: [YamlPath, string | undefined][] = [
    [['vault', 'folder'], site.vault.folder],
    [['state'], site.state],
    [['drill', 'folder'], site.drill.folder],
    [['drill', 'bin'], site.drill.bin],
  ];
  for (const [path, folder] of here)
    if (folder !== undefined && isWindowsPath(folder) !== (platform === 'win32'))
      warnings.push(
        problem(
          path,
          platform === 'win32'
            ? 'is no Windows path, but this is Windows'
            : 'is a Windows path, but this is not Windows',
        ),
      );
  return warnings;
}

function nodeProblems({ nodes }: SiteFile): Problem[] {
  const problems: Problem[] = [];
  const centrals = nodes.flatMap((node, index) => (node.role === 'central' ? [index] : []));
  if (centrals.length === 0)
    problems.push(problem(['nodes'], 'has no node with role: central; a site has exactly one', 'key'));
  for (const index of centrals.slice(1))
    problems.push(problem(['nodes', index, 'role'], 'is a second central node; a site has exactly one'));
  repeated(nodes.map((node) => node.name)).forEach((index) => {
    problems.push(
      problem(['nodes', index, 'name'], `is used by another node too: "${nodes[index]?.name ?? ''}"`),
    );
  });
  repeated(nodes.map((node) => (node.transport === 'local' ? 'local' : undefined))).forEach((index) => {
    problems.push(
      problem(['nodes', index, 'transport'], 'only one node can be this machine; use winrm for the others'),
    );
  });
  nodes.forEach((node, index) => {
    const at = (key: string): YamlPath => ['nodes', index, key];
    if (RESERVED_NODE_NAMES.includes(node.name) || (node.name === 'central' && node.role !== 'central'))
      problems.push(
        problem(at('name'), `"${node.name}" has a meaning of its own in runbooks; choose another name`),
      );
    if (node.role === 'central' && node['failover-candidate'])
      problems.push(
        problem(at('failover-candidate'), 'is for rim nodes; the central node is what they stand in for'),
      );
    if (node.transport === 'simulated' && node.folder === undefined)
      problems.push(problem(at('folder'), 'is required with transport: simulated', 'key'));
    for (const key of ['winrm', 'ssh'] as const)
      if (node.transport !== key && node[key] !== undefined)
        problems.push(problem(at(key), `is only for transport: ${key}`, 'key'));
    if (node.transport === 'sc' && node.role === 'central')
      problems.push(
        problem(at('transport'), 'cannot be sc for the central node: its certificates are needed too'),
      );
    if (node.transport !== 'simulated' && node.folder !== undefined)
      problems.push(problem(at('folder'), 'is only for transport: simulated', 'key'));
  });
  return problems;
}

function referenceProblems(site: SiteFile): Problem[] {
  const problems: Problem[] = [];
  const names = site.nodes.map((node) => node.name);
  const check = (path: YamlPath, name: string | undefined): void => {
    if (name !== undefined && !names.includes(name))
      problems.push(problem(path, `"${name}" ${unknownWord('node', name, names)}`));
  };
  check(['database', 'node'], site.database.node);
  site.extra.forEach((extra, index) => {
    check(['extra', index, 'node'], extra.node);
  });
  repeated(site.extra.map((extra) => extra.name)).forEach((index) => {
    problems.push(problem(['extra', index, 'name'], 'is used by another entry too'));
  });
  repeated(site.database.names.map((name) => name.toLowerCase())).forEach((index) => {
    problems.push(problem(['database', 'names', index], 'is listed twice'));
  });
  return problems;
}

/** The vault must not be copied into itself, and must not lie where it is lost together with the site's data. */
function placeProblems(site: SiteFile): Problem[] {
  const problems: Problem[] = [];
  const vault = site.vault.folder;
  const folders: [YamlPath, string | undefined][] = [
    [['share', 'root'], site.share.root],
    [['share', 'apps'], site.share.apps],
    [['share', 'static-content'], site.share['static-content']],
    [['share', 'archived-logs'], site.share['archived-logs']],
    ...site.extra.map(({ folder }, index): [YamlPath, string] => [['extra', index, 'folder'], folder]),
    ...(site.logs.folders ?? []).map((folder, index): [YamlPath, string] => [
      ['logs', 'folders', index],
      folder,
    ]),
  ];
  for (const [path, folder] of folders) {
    if (folder === undefined) continue;
    const name = placeName(path);
    if (liesIn(vault, folder))
      problems.push(
        problem(['vault', 'folder'], `lies in ${name}; backup sets would be copied into backup sets`),
      );
    else if (liesIn(folder, vault))
      problems.push(problem(path, 'lies in vault.folder, where the backup sets are'));
  }
  return [...problems, ...scratchProblems(site, folders)];
}

/** A scratch database must be in no backup, and in no set. */
function scratchProblems(
  { drill, vault }: SiteFile,
  folders: readonly (readonly [YamlPath, string | undefined])[],
): Problem[] {
  const scratch = drill.folder;
  if (scratch === undefined) return [];
  const all = [...folders, [['vault', 'folder'], vault.folder] as const];
  return all.flatMap(([path, folder]) =>
    folder !== undefined && liesIn(scratch, folder)
      ? [problem(['drill', 'folder'], `lies in ${placeName(path)}; choose a folder outside of it`)]
      : [],
  );
}

/** `extra[0].folder` */
function placeName(path: YamlPath): string {
  return path.join('.').replace(/\.(\d+)/g, '[$1]');
}

/** An empty list of rules may mean "keep all" or "keep nothing": it is not guessed. */
function retentionProblems({ vault: { retention } }: SiteFile): Problem[] {
  const path = ['vault', 'retention'];
  return retention === undefined || Object.values(retention).some((rule) => rule !== undefined)
    ? []
    : [
        problem(
          path,
          'has no rule; name at least one of last, daily, weekly, monthly, yearly and within, or leave it out to keep every set',
        ),
      ];
}

function repositoryProblems({ vault }: SiteFile): Problem[] {
  const problems: Problem[] = [];
  if (vault.kind === 'restic' && vault.restic === undefined)
    problems.push(problem(['vault', 'restic'], 'is required with kind: restic', 'key'));
  if (vault.kind === 'folder' && vault.restic !== undefined)
    problems.push(
      problem(
        ['vault', 'restic'],
        'is only for kind: restic; for a copy besides the folder use vault.copies',
        'key',
      ),
    );
  const copies = vault.copies ?? [];
  repeated(copies.map(({ name }) => name)).forEach((index) => {
    problems.push(problem(['vault', 'copies', index, 'name'], 'is used by another copy too'));
  });
  const repositories = [
    { path: ['vault', 'restic', 'repository'], repository: vault.restic?.repository },
    ...copies.map(({ restic }, index) => ({
      path: ['vault', 'copies', index, 'restic', 'repository'],
      repository: restic.repository,
    })),
  ];
  for (const { path, repository } of repositories)
    if (typeof repository === 'string' && liesIn(repository, vault.folder))
      problems.push(problem(path, 'lies in vault.folder; it would be lost together with the sets'));
  return problems;
}

function hookProblems({ hooks }: SiteFile): Problem[] {
  return hooks.flatMap((hook, index) => {
    const given = [hook.before, hook.after, hook['on-failure']].filter((steps) => steps !== undefined);
    return given.length === 1
      ? []
      : [problem(['hooks', index], 'must have exactly one of before, after and on-failure')];
  });
}

/** Indexes of entries that are equal to an earlier one. */
function repeated(values: readonly (string | undefined)[]): number[] {
  return values.flatMap((value, index) =>
    value !== undefined && values.indexOf(value) < index ? [index] : [],
  );
}

function problem(path: YamlPath, message: string, part: Problem['part'] = 'value'): Problem {
  return { path, part, message };
}
