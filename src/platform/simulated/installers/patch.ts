/** The program of a patch, which installs and uninstalls it. */
export const PATCH = String.raw`const [release, patch] = product(/^Qlik Sense (.+) Patch (\d+)$/);
const mode = words.includes('uninstall') ? 'uninstall' : 'install';
const given = parse(mode, { needs: [mode], takes: {} }, { switches: [mode, 'startservices'], logAs: 'log' });
if (release !== installed.release) end(-9, 'Patch run with no baseline installed');
if (mode === 'install' && (installed.patch ?? 0) >= Number(patch)) end(-22, 'Patch is superseded');
if (mode === 'uninstall' && !patched) end(-1, 'No patch is installed');
stopAll();
await work(() => {
  writeJson(installedFile, { ...readJson(installedFile), patch: mode === 'install' ? Number(patch) : 0 });
  if (given.startservices) startAll();
});
`;
