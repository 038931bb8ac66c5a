// Makes a fresh clone ready: packages, the bundle, PostgreSQL. Needs nothing but Node.js; may be run any number of times.
// `--test-programs` also installs what only tests of offsite copies, of nodes over SSH and of Windows (Wine) use.
import { checkNodeVersion, installPackages } from './setup/packages.mjs';
import { buildWhenStale } from './setup/bundle.mjs';
import { providePostgres } from './setup/postgres.mjs';
import { provideOlderServers } from './setup/older-servers.mjs';
import { provideTestPrograms } from './setup/test-programs.mjs';
import { SetupError } from './setup/setup-error.mjs';

try {
  checkNodeVersion();
  installPackages();
  buildWhenStale();
  providePostgres();
  provideOlderServers();
  if (process.argv.includes('--test-programs')) provideTestPrograms();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = error.exitCode;
}
