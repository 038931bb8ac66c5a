/** Windows' own installer, as far as the manual uses it: the package of the bundled database. */
export const MSI = String.raw`const [first, file] = [words.find((word) => /^\/(i|x)$/i.test(word)), words[words.findIndex((word) => /^\/(i|x)$/i.test(word)) + 1]];
if (first === undefined || file === undefined) end(1639, 'Invalid command line argument');
if (!/^PostgreSQL(|125|14)\.msi$/i.test(path.win32.basename(file).replaceAll('/', path.sep).split(path.sep).at(-1))) end(1619, 'This installation package could not be opened');
if (/i/i.test(first) && !words.includes('SKIPINSTALLDBSERVICE=1')) end(1603, 'A database service would be installed');
await work(() => {
  if (!/x/i.test(first)) return;
  const content = readJson(servicesFile);
  delete content.services.QlikSenseRepositoryDatabase;
  for (const service of Object.values(content.services))
    service.dependsOn = service.dependsOn.filter((name) => name !== 'QlikSenseRepositoryDatabase');
  writeJson(servicesFile, content);
});
`;
