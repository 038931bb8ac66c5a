// Packs this clone, installs the package into an empty folder without a network, and runs it there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/run.mjs';
import { npm, pack, withFolder } from './pack.mjs';

await withFolder((folder) => {
  const tarball = pack(folder);
  const place = path.join(folder, 'an empty folder');
  mkdirSync(place);
  writeFileSync(path.join(place, 'package.json'), '{ "private": true }\n');
  // A cache of its own, which is empty: what is not in the package cannot come from anywhere.
  const flags = ['--offline', '--no-audit', '--no-fund', '--cache', path.join(folder, 'cache')];
  npm(['install', ...flags, tarball], { cwd: place });

  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const bin = path.join(place, 'node_modules', 'sense-runbook', 'dist', 'bin.js');
  expectOutput(bin, ['--version'], version);
  expectOutput(bin, ['runbooks'], 'backup');
  expectOutput(bin, ['runbooks', 'show', 'backup'], 'Start the services of the central node');
  console.log(`package: ${path.basename(tarball)} installs and runs without a network`);
});

function expectOutput(bin, args, text) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    cwd: root,
  });
  if (status !== 0 || !stdout.includes(text))
    throw new Error(`${args.join(' ')} of the installed package ended with ${status}:\n${stdout}${stderr}`);
}
