/* installer.exe: a stand-in for Qlik_Sense_setup.exe (manual 4.2 and 4.3, p. 183-185), Qlik_Sense_update.exe (4.4, p. 186),
   Qlik_PostgreSQL_setup.exe where it upgrades (2.6, p. 148-150) and msiexec.exe as far as it is asked for the package of the old
   database (2.6, p. 147-148). Which one it is its file name says. It takes the arguments of one mode and no others, each once
   and all with a log, and ends with a number of 8.11 (p. 308) or of Windows Installer when it was given something else.
   C:\lab\setup\exit.txt    orders the exit code, as the manual writes it: -8; what follows it on the line stands in the log
   C:\lab\setup\after.json  what Windows tells afterwards; not of msiexec
   C:\lab\setup\calls.txt   its name and what it was given, one line an argument and an empty one after them, in UTF-8
   With 0, 3010 and 1641 it is done. Files it leaves as they are, but services change as the manual says: the PostgreSQL
   installer makes one of the new database and stops the old one, and the old one is gone with its package. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PARSING_ERROR -2
#define OLD_DATABASE L"QlikSenseRepositoryDatabase"
#define NEW_DATABASE L"postgresql-x64-14"
#define SERVICES L"SYSTEM\\CurrentControlSet\\Services"
#define MOST 12

/* Of an argument its name, and what must follow: nothing, a text after "=", "=?" 0 or 1, "=*" any text, "=\" a whole path,
   " \" a whole path as an argument of its own. With "!" in front the mode does not go without it. */
struct call {
  const wchar_t *program;
  const wchar_t *arguments[MOST];
};

static const struct call calls[] = {
    {L"Qlik_Sense_setup.exe",
     {L"!-silent", L"!-log \\", L"!accepteula=1", L"desktopshortcut=?", L"skipstartservices=?", L"installdir=\\",
      L"userpassword=*", L"dbpassword=*", L"bundleinstall=*", L"keepcurrentsettings=?"}},
    {L"Qlik_Sense_setup.exe", {L"!-silent", L"!-repair", L"!-log \\"}},
    {L"Qlik_Sense_update.exe", {L"!install", L"startservices", L"!log=\\"}},
    {L"Qlik_Sense_update.exe", {L"!uninstall", L"startservices", L"!log=\\"}},
    {L"Qlik_PostgreSQL_setup.exe",
     {L"!-silent", L"!-log=\\", L"!acceptqca=1", L"dbinstallationpath=\\", L"dbdatapath=\\", L"dbbackuppath=\\",
      L"dbsuperuserpassword=*", L"dbhost=*", L"dbport=*", L"qpiconfig=\\"}},
    {L"msiexec.exe", {L"!/x \\", L"!/qn", L"!/norestart", L"!/l*v \\"}},
    {L"msiexec.exe",
     {L"!/i \\", L"!/qn", L"!/norestart", L"!/l*v \\", L"!SKIPINSTALLDBSERVICE=1", L"!INSTALLDIR=\\"}},
};

static FILE *logFile;

static void note(FILE *file, const wchar_t *text) {
  static char bytes[4096];
  WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
  fprintf(file, "%s\n", bytes);
}

static int isWhole(const wchar_t *path) {
  return (iswalpha(path[0]) && path[1] == L':' && path[2] == L'\\') || wcsncmp(path, L"\\\\", 2) == 0;
}

/* What stands for its value where `word`, and `next` behind it, are that argument; NULL: they are another one. */
static const wchar_t *valueOf(const wchar_t *argument, const wchar_t *word, const wchar_t *next) {
  const wchar_t *rule = argument + (*argument == L'!');
  size_t length = wcscspn(rule, L" =");
  if (wcsncmp(word, rule, length) != 0) return NULL;
  const wchar_t *value = word + length;
  rule += length;
  if (*rule == 0) return *value == 0 ? value : NULL;
  if (*rule == L' ') return *value == 0 && next != NULL && isWhole(next) ? next : NULL;
  if (*value++ != L'=' || *value == 0) return NULL;
  if (rule[1] == L'*') return value;
  if (rule[1] == L'\\') return isWhole(value) ? value : NULL;
  if (rule[1] == L'?') return wcscmp(value, L"0") == 0 || wcscmp(value, L"1") == 0 ? value : NULL;
  return wcscmp(value, rule + 1) == 0 ? value : NULL;
}

/* Whether all of it is that call; `values` has what each of its arguments is then, NULL where it was not given. */
static int is(const struct call *call, int argc, wchar_t **argv, const wchar_t **values) {
  memset(values, 0, MOST * sizeof *values);
  for (int i = 1; i < argc; i++) {
    int found = -1;
    for (int at = 0; at < MOST && call->arguments[at] != NULL && found < 0; at++) {
      const wchar_t *value = valueOf(call->arguments[at], argv[i], i + 1 < argc ? argv[i + 1] : NULL);
      if (value == NULL) continue;
      if (values[at] != NULL) return 0;
      values[found = at] = value;
    }
    if (found < 0) return 0;
    if (i + 1 < argc && values[found] == argv[i + 1]) i++;
  }
  for (int at = 0; at < MOST && call->arguments[at] != NULL; at++)
    if (call->arguments[at][0] == L'!' && values[at] == NULL) return 0;
  return 1;
}

static const wchar_t *valueNamed(const struct call *call, const wchar_t **values, const wchar_t *name) {
  for (int at = 0; at < MOST && call->arguments[at] != NULL; at++)
    if (wcsncmp(call->arguments[at] + (call->arguments[at][0] == L'!'), name, wcslen(name)) == 0) return values[at];
  return NULL;
}

/* Whether the configuration file of the PostgreSQL installer is there with a password in it. */
static int hasPassword(const wchar_t *path) {
  static char text[65536];
  FILE *file = _wfopen(path, L"rb");
  if (file == NULL) return 0;
  text[fread(text, 1, sizeof text - 1, file)] = 0;
  fclose(file);
  const char *value = strstr(text, "<DbSuperUserPassword>");
  return value != NULL && value[21] != '<';
}

/* Wine keeps in the registry what a service depends on, as Windows does, and takes no change of it by its manager. */
static void dependOnNew(void) {
  static const wchar_t names[] = NEW_DATABASE L"\0";
  wchar_t name[300], path[400], old[300];
  HKEY all;
  if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SERVICES, 0, KEY_READ, &all) != 0) return;
  for (DWORD i = 0, length = 300; RegEnumKeyExW(all, i, name, &length, NULL, NULL, NULL, NULL) == 0; i++, length = 300) {
    DWORD size = sizeof old;
    swprintf(path, 400, L"%ls\\%ls", SERVICES, name);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, old, &size) == 0 &&
        _wcsicmp(old, OLD_DATABASE) == 0)
      RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", REG_MULTI_SZ, names, sizeof names);
  }
  RegCloseKey(all);
}

/* The new database takes the place of the old one. */
static int replaceDatabase(void) {
  SERVICE_STATUS told;
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
  SC_HANDLE old = OpenServiceW(manager, OLD_DATABASE, SERVICE_ALL_ACCESS);
  SC_HANDLE made = CreateServiceW(manager, NEW_DATABASE, NEW_DATABASE, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                  SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, L"C:\\lab\\bin\\service.exe " NEW_DATABASE,
                                  NULL, NULL, NULL, NULL, NULL);
  if (old == NULL || made == NULL) return 0;
  dependOnNew();
  return ControlService(old, SERVICE_CONTROL_STOP, &told) && StartServiceW(made, 0, NULL);
}

/* Of Windows Installer: what it can tell of a package before it does anything, and of the old database with it. */
static int judgePackage(const wchar_t *file, int removes) {
  const wchar_t *name = wcsrchr(file, L'\\') + 1;
  int known = _wcsicmp(name, L"PostgreSQL.msi") == 0 || _wcsicmp(name, L"PostgreSQL125.msi") == 0 ||
              (!removes && _wcsicmp(name, L"PostgreSQL14.msi") == 0);
  if (!known || GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES) return ERROR_INSTALL_PACKAGE_OPEN_FAILED;
  /* It reads its line itself: where a quotation mark comes before the name it does not know the property. */
  if (wcsstr(GetCommandLineW(), L"\"INSTALLDIR=") != NULL) return ERROR_INVALID_COMMAND_LINE;
  if (!removes) return 0;
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
  return OpenServiceW(manager, OLD_DATABASE, SERVICE_QUERY_STATUS) == NULL ? ERROR_UNKNOWN_PRODUCT : 0;
}

static int removeOldDatabase(void) {
  SERVICE_STATUS status;
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
  SC_HANDLE old = OpenServiceW(manager, OLD_DATABASE, SERVICE_ALL_ACCESS);
  return QueryServiceStatus(old, &status) && status.dwCurrentState == SERVICE_STOPPED && DeleteService(old);
}

static int end(int code) {
  fprintf(logFile, "Exit code: %d\r\n", code);
  fclose(logFile);
  return code;
}

/* What was ordered; its text goes into the log. */
static int ordered(void) {
  char line[1000] = "", *text;
  FILE *order = fopen("C:\\lab\\setup\\exit.txt", "rb");
  if (order == NULL) return 0;
  if (fgets(line, sizeof line, order) == NULL) line[0] = 0;
  fclose(order);
  int code = strtol(line, &text, 10);
  fprintf(logFile, "%s\r\n", text);
  return code;
}

int wmain(int argc, wchar_t **argv) {
  wchar_t path[MAX_PATH];
  const wchar_t *values[MOST], *name, *log, *config, *removed, *installed;
  const struct call *call = NULL;
  GetModuleFileNameW(NULL, path, MAX_PATH);
  name = wcsrchr(path, L'\\') + 1;
  FILE *told = fopen("C:\\lab\\setup\\calls.txt", "ab");
  if (told == NULL) return 3;
  note(told, name);
  for (int i = 1; i < argc; i++) note(told, argv[i]);
  fprintf(told, "\n");
  fclose(told);
  int isWindowsInstaller = _wcsicmp(name, L"msiexec.exe") == 0;
  for (size_t i = 0; i < sizeof calls / sizeof *calls && call == NULL; i++)
    if (_wcsicmp(calls[i].program, name) == 0 && is(&calls[i], argc, argv, values)) call = &calls[i];
  if (call == NULL) return isWindowsInstaller ? ERROR_INVALID_COMMAND_LINE : PARSING_ERROR;
  log = valueNamed(call, values, isWindowsInstaller ? L"/l*v" : L"-log");
  if (log == NULL) log = valueNamed(call, values, L"log");
  logFile = _wfopen(log, L"wb");
  if (logFile == NULL) return isWindowsInstaller ? ERROR_INSTALL_LOG_FAILURE : PARSING_ERROR;
  config = valueNamed(call, values, L"qpiconfig");
  if (config != NULL && !hasPassword(config)) return end(PARSING_ERROR);
  removed = valueNamed(call, values, L"/x");
  installed = valueNamed(call, values, L"/i");
  int refused = isWindowsInstaller ? judgePackage(removed != NULL ? removed : installed, removed != NULL) : 0;
  if (refused != 0) return end(refused);
  int code = ordered();
  if (code != 0 && code != ERROR_SUCCESS_REBOOT_REQUIRED && code != ERROR_SUCCESS_REBOOT_INITIATED) return end(code);
  int done = isWindowsInstaller ? removed == NULL || removeOldDatabase()
                                : CopyFileA("C:\\lab\\setup\\after.json", "C:\\lab\\powershell\\discover.json", FALSE);
  if (_wcsicmp(name, L"Qlik_PostgreSQL_setup.exe") == 0) done = done && replaceDatabase();
  return end(done ? code : isWindowsInstaller ? ERROR_INSTALL_FAILURE : -1);
}
