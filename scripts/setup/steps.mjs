import { checkNodeVersion, installPackages } from './packages.mjs';
import { buildWhenStale } from './bundle.mjs';
import { providePostgres } from './postgres.mjs';
import { provideOlderServers } from './older-servers.mjs';
import { provideTestPrograms } from './test-programs.mjs';

/** What set-up does, in this order. What only tests use is fetched for them alone, since nothing else should fail with it. */
export function stepsFor(flags) {
  return [
    checkNodeVersion,
    installPackages,
    buildWhenStale,
    providePostgres,
    ...(flags.includes('--test-servers') ? [provideOlderServers] : []),
    ...(flags.includes('--test-programs') ? [provideTestPrograms] : []),
  ];
}
