/** What `sc.exe queryex` prints for a machine on which no service of Qlik's is: there are always others. */
export const OTHER_SERVICE = [
  'SERVICE_NAME: Spooler',
  'DISPLAY_NAME: Print Spooler',
  '        TYPE               : 110  WIN32_OWN_PROCESS',
  '        STATE              : 4  RUNNING',
  '        WIN32_EXIT_CODE    : 0  (0x0)',
  '',
].join('\r\n');
