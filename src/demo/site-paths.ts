import path from 'node:path';

/** Where things lie in the folder of a demo site. */
export interface DemoPaths {
  readonly dir: string;
  readonly siteFile: string;
  readonly readme: string;
  readonly postgresql: string;
  readonly share: string;
  readonly vault: string;
  readonly state: string;
  readonly extra: string;
  readonly installFolder: string;
  readonly programDataFolder: string;
  readonly databasePassword: string;
  readonly certificatePassword: string;
  node(name: string): string;
}

/** The paths below `dir`, which is made absolute. */
export function demoPaths(dir: string): DemoPaths {
  const root = path.resolve(dir);
  const at = (...names: string[]) => path.join(root, ...names);
  return {
    dir: root,
    siteFile: at('site.yaml'),
    readme: at('README.txt'),
    postgresql: at('postgresql'),
    share: at('share'),
    vault: at('vault'),
    state: at('state'),
    extra: at('qvd'),
    installFolder: at('files', 'Program Files', 'Qlik', 'Sense'),
    programDataFolder: at('files', 'ProgramData', 'Qlik', 'Sense'),
    databasePassword: at('secrets', 'database-password'),
    certificatePassword: at('secrets', 'certificate-password'),
    node: (name) => at('nodes', name),
  };
}
