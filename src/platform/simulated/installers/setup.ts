/** Setup: installs, upgrades, repairs and uninstalls. */
export const SETUP = String.raw`const SETUP = {
  install: {
    needs: ['-silent', 'accepteula', 'spc'],
    takes: {
      accepteula: /^1$/, desktopshortcut: flag, skipstartservices: flag, installdir: whole, userwithdomain: some,
      userpassword: some, dbpassword: some, hostname: some, spc: whole, senddata: flag, skipvalidation: flag,
      bundleinstall: bundle,
    },
  },
  upgrade: {
    needs: ['-silent', 'accepteula'],
    takes: {
      accepteula: /^1$/, desktopshortcut: flag, skipstartservices: flag, installdir: whole, userpassword: some,
      dbpassword: some, bundleinstall: bundle, keepcurrentsettings: flag,
    },
  },
  repair: { needs: ['-silent', '-repair'], takes: {} },
  uninstall: { needs: ['-silent', '-uninstall'], takes: { cleanup: flag } },
  dump: { needs: ['databasedumpfile'], takes: { databasedumpfile: whole } },
};

const [release] = product(/^Qlik Sense ([A-Z][a-z]+ \d+|\d[.\w ]*)$/);
const mode = words.includes('-uninstall') ? 'uninstall'
  : words.includes('-repair') ? 'repair'
  : words.some((word) => word.startsWith('databasedumpfile=')) ? 'dump'
  : installed.release === undefined ? 'install' : 'upgrade';
const given = parse(mode, SETUP[mode], { switches: ['-silent', '-repair', '-uninstall'], logAs: 'next' });
if (mode === 'install')
  checkConfig(given.spc, ['DbUserName', 'DbUserPassword', 'DbHost', 'DbPort', 'RootDir', 'AppsDir', 'StaticContentRootDir', 'ArchivedLogsDir']);
if (mode === 'upgrade' && monthOf(release) < monthOf(installed.release)) end(-4, 'Downgrade');
if (mode === 'repair' && patched) end(-15, 'Repair is disabled while patches are applied');
if (mode === 'repair' && release !== installed.release) end(-17, 'Another release is installed');
if (mode === 'uninstall' && installed.release === undefined) end(-1, 'Nothing is installed');
stopAll();
await work(() => {
  const { release: old, patch, ...rest } = readJson(installedFile);
  if (mode === 'uninstall') writeJson(installedFile, rest);
  else writeJson(installedFile, { ...rest, release, patch: 0 });
  if (mode === 'install') addServices(fs.existsSync(given.spc) && fs.readFileSync(given.spc, 'utf8').includes('<InstallLocalDb>true<'));
  if (mode !== 'uninstall' && mode !== 'repair' && given.skipstartservices !== '1') startAll();
});
`;
