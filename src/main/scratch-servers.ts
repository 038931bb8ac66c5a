import { resolve } from 'node:path';
import type { ScratchServers } from '../actions/scratch.ts';
import { PreflightError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { chooseServerPrograms } from '../postgres/choose-programs.ts';
import { clientEnvironment } from '../postgres/client-environment.ts';
import { connect } from '../postgres/connect.ts';
import { startCopiedCluster } from '../postgres/copied-cluster.ts';
import { findServerPrograms } from '../postgres/find-programs.ts';
import { writePassFile } from '../postgres/pass-file.ts';
import { createScratchCluster, removeScratchCluster } from '../postgres/scratch-cluster.ts';
import type { ServerAddress, ServerPrograms } from '../postgres/server.ts';
import type { Site } from '../site/schema.ts';

/** Comparing may count large tables. Milliseconds. */
const STATEMENT_LIMIT_MS = 12 * 60 * 60_000;

/** What scratch servers are made with. */
export interface ScratchServersOptions {
  readonly site: Pick<Site, 'database' | 'drill' | 'timeouts'>;
  readonly exec: Exec;
  readonly platform: NodeJS.Platform;
  /** Where a scratch server lies unless the site file says otherwise. */
  readonly temporaryFolder: string;
}

/** Scratch servers of this machine. Their passwords are known to this process only, and end with it. */
export function createScratchServers(options: ScratchServersOptions): ScratchServers {
  const { site, exec, platform } = options;
  const addresses = new Map<string, ServerAddress>();
  let named: Promise<ServerPrograms[]> | undefined;
  let found: Promise<ServerPrograms[]> | undefined;

  /** The site's own first, then all that are found. */
  function findPrograms(): Promise<ServerPrograms[]> {
    const candidates = site.database.bin === undefined ? [] : [site.database.bin];
    return findServerPrograms({ exec, platform, candidates });
  }

  /** Those of `drill.bin` and of no other folder. */
  async function namedPrograms(bin: string): Promise<ServerPrograms[]> {
    const folder = resolve(bin);
    const programs = await findServerPrograms({ exec, platform, folder, setting: 'drill.bin' });
    return programs.filter((candidate) => candidate.folder === folder);
  }

  /**
   * `drill.bin` leads. After the server has moved to another version it has programs of the old one, or its folder is gone with
   * them: then others of the wanted version do, where there are some.
   */
  async function programsOf(major: number): Promise<ServerPrograms> {
    const { bin } = site.drill;
    if (bin === undefined) return chooseServerPrograms(await (found ??= findPrograms()), major);
    try {
      return chooseServerPrograms(await (named ??= namedPrograms(bin)), major);
    } catch (error) {
      if (!(error instanceof PreflightError)) throw error;
      const other = (await (found ??= findPrograms())).find((candidate) => candidate.major === major);
      if (other !== undefined) return other;
      throw new PreflightError(`${error.message} \`drill.bin\` is ${bin}.`, {
        hint: `Set \`drill.bin\` in the site file to the bin folder of PostgreSQL ${String(major)}, or leave it out to have it found; where none is installed on this machine, install it (its service need not run).`,
        cause: error,
      });
    }
  }

  function addressOf(folder: string): ServerAddress {
    const address = addresses.get(folder);
    if (address === undefined) throw new TypeError(`no scratch server was started in ${folder}`);
    return address;
  }

  return {
    folder: resolve(site.drill.folder ?? options.temporaryFolder),

    programs: programsOf,

    async start(folder, programs, run) {
      const avoidPorts = [site.database.port];
      const { address } = await createScratchCluster({ folder, programs, exec: run, avoidPorts });
      addresses.set(folder, address);
      return { port: address.port };
    },

    async startCopy(folder, programs, { user, exec: run }) {
      const avoidPorts = [site.database.port];
      const address = await startCopiedCluster({ folder, programs, exec: run, superuser: user, avoidPorts });
      addresses.set(folder, address);
      return { port: address.port };
    },

    async remove(folder, programs, run = exec) {
      addresses.delete(folder);
      return removeScratchCluster(folder, { programs, exec: run });
    },

    connect: (folder, database) =>
      connect(addressOf(folder), database, {
        connectTimeoutMs: site.timeouts.connect,
        statementTimeoutMs: STATEMENT_LIMIT_MS,
      }),

    async withEnvironment(folder, work) {
      const address = addressOf(folder);
      // There it goes away with the rest, should this process be killed.
      const passFile = await writePassFile(folder, address);
      try {
        return await work({
          ...clientEnvironment(passFile === undefined ? {} : { passFile: passFile.path }),
          PGHOST: address.host,
          PGPORT: String(address.port),
          PGUSER: address.user,
        });
      } finally {
        await passFile?.remove();
      }
    },
  };
}
