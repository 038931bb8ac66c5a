/* sc.exe: the verbs that a backup uses, on Wine's own service control manager, with the text and the exit codes
   (Win32 errors) of Windows, written from knowledge. Adds what Wine's manager lacks: it starts what a service depends on
   first, and answers 1051 when a running service depends on the one to be stopped. Ctrl+C ends it with the code of
   Windows, where Wine's programs end with 0.
   Verbs: query, queryex, qc, enumdepend, start, stop; config NAME start= TYPE. \\labrim in front is
   another server, which has the same services; no other server answers. As long as C:\lab\services\NAME.txt says
   "loses-answer", the order to stop NAME lies about, and the connection to its server breaks off. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static SC_HANDLE manager;

static const char *textOf(DWORD code) {
  switch (code) {
  case 5: return "Access is denied.";
  case 1051: return "A stop control has been sent to a service that other running services are dependent on.";
  case 1052: return "The requested control is not valid for this service.";
  case 1053: return "The service did not respond to the start or control request in a timely fashion.";
  case 1056: return "An instance of the service is already running.";
  case 1058: return "The service cannot be started, either because it is disabled or because it has no enabled "
                    "devices associated with it.";
  case 1060: return "The specified service does not exist as an installed service.";
  case 1061: return "The service cannot accept control messages at this time.";
  case 1062: return "The service has not been started.";
  case 1068: return "The dependency service or group failed to start.";
  default: return "Another error.";
  }
}

static int fail(const char *what, DWORD code) {
  printf("[SC] %s FAILED %lu:\r\n\r\n%s\r\n\r\n", what, code, textOf(code));
  return (int)code;
}

static int stateOf(SC_HANDLE service, SERVICE_STATUS_PROCESS *status) {
  DWORD needed;
  return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof *status, &needed);
}

static void show(const wchar_t *name, const wchar_t *display, SERVICE_STATUS_PROCESS *s, int withProcess) {
  static const char *states[] = {"?",       "STOPPED",          "START_PENDING", "STOP_PENDING",
                                 "RUNNING", "CONTINUE_PENDING", "PAUSE_PENDING", "PAUSED"};
  printf("\r\nSERVICE_NAME: %ls \r\n", name);
  if (display != NULL) printf("DISPLAY_NAME: %ls\r\n", display);
  printf("        TYPE               : %lx  WIN32_OWN_PROCESS  \r\n", s->dwServiceType);
  printf("        STATE              : %lu  %s \r\n", s->dwCurrentState, states[s->dwCurrentState & 7]);
  printf("                                (%s, NOT_PAUSABLE, IGNORES_SHUTDOWN)\r\n",
         s->dwControlsAccepted & SERVICE_ACCEPT_STOP ? "STOPPABLE" : "NOT_STOPPABLE");
  printf("        WIN32_EXIT_CODE    : %lu  (0x%lx)\r\n", s->dwWin32ExitCode, s->dwWin32ExitCode);
  printf("        SERVICE_EXIT_CODE  : %lu  (0x%lx)\r\n", s->dwServiceSpecificExitCode, s->dwServiceSpecificExitCode);
  printf("        CHECKPOINT         : 0x%lx\r\n        WAIT_HINT          : 0x%lx\r\n", s->dwCheckPoint,
         s->dwWaitHint);
  if (withProcess) printf("        PID                : %lu\r\n        FLAGS              : \r\n", s->dwProcessId);
}

static void pathOf(const wchar_t *name, wchar_t *path) {
  swprintf(path, 300, L"SYSTEM\\CurrentControlSet\\Services\\%ls", name);
}

/* Names of the services that `name` depends on, one after the other, an empty one at the end; Wine keeps them in the
   registry as Windows does. */
static wchar_t *dependenciesOf(const wchar_t *name) {
  wchar_t path[300];
  DWORD size = 0;
  wchar_t *names = NULL;
  pathOf(name, path);
  if (RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, NULL, &size) != 0)
    return NULL;
  names = calloc(1, size + 4);
  RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, names, &size);
  return names;
}

static int dependsOn(const wchar_t *one, const wchar_t *other) {
  int found = 0;
  wchar_t *names = dependenciesOf(one);
  for (wchar_t *at = names; at != NULL && *at != 0; at += wcslen(at) + 1)
    if (_wcsicmp(at, other) == 0) found = 1;
  free(names);
  return found;
}

static ENUM_SERVICE_STATUS_PROCESSW *allServices(DWORD *count) {
  DWORD size = 0, resume = 0;
  EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0, &size, count,
                        &resume, NULL);
  ENUM_SERVICE_STATUS_PROCESSW *all = malloc(size + 4096);
  resume = 0;
  if (!EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, (BYTE *)all,
                             size + 4096, &size, count, &resume, NULL))
    *count = 0;
  return all;
}

/* Counts the services that depend on `name`, and shows them when asked. */
static int dependents(const wchar_t *name, int runningOnly, int shown) {
  DWORD count;
  int found = 0;
  ENUM_SERVICE_STATUS_PROCESSW *all = allServices(&count);
  for (DWORD i = 0; i < count; i++) {
    SERVICE_STATUS_PROCESS *status = &all[i].ServiceStatusProcess;
    if (runningOnly && status->dwCurrentState == SERVICE_STOPPED) continue;
    if (!dependsOn(all[i].lpServiceName, name)) continue;
    found++;
    if (shown) show(all[i].lpServiceName, all[i].lpDisplayName, status, 0);
  }
  free(all);
  return found;
}

static DWORD start(const wchar_t *name, int depth) {
  SERVICE_STATUS_PROCESS status;
  DWORD code = 0;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
  if (service == NULL) return GetLastError();
  if (stateOf(service, &status) && status.dwCurrentState != SERVICE_STOPPED) return 1056;
  wchar_t *names = depth < 8 ? dependenciesOf(name) : NULL;
  for (wchar_t *at = names; at != NULL && *at != 0 && code == 0; at += wcslen(at) + 1) {
    DWORD needed = start(at, depth + 1);
    SC_HANDLE other = OpenServiceW(manager, at, SERVICE_QUERY_STATUS);
    if ((needed != 0 && needed != 1056) || other == NULL) return 1068;
    for (int i = 0; i < 300 && stateOf(other, &status) && status.dwCurrentState == SERVICE_START_PENDING; i++)
      Sleep(100);
    if (status.dwCurrentState != SERVICE_RUNNING) code = 1068;
  }
  if (code == 0 && !StartServiceW(service, 0, NULL)) code = GetLastError();
  return code;
}

static int losesAnswer(const wchar_t *name) {
  char path[MAX_PATH], word[128] = "";
  snprintf(path, sizeof path, "C:\\lab\\services\\%ls.txt", name);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%127s", word) != 1) word[0] = 0;
  fclose(file);
  return strcmp(word, "loses-answer") == 0;
}

/* Leaves the order with a process that gives it once the file says nothing more. */
static int loseAnswer(const wchar_t *name) {
  wchar_t line[300];
  STARTUPINFOW how = {.cb = sizeof how};
  PROCESS_INFORMATION made;
  swprintf(line, 300, L"sc.exe stop-late %ls", name);
  if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &how, &made)) return 1;
  FILE *log = fopen("C:\\lab\\services\\log.txt", "ab");
  if (log == NULL) return 1;
  fprintf(log, "unanswered %ls\r\n", name);
  fclose(log);
  return fail("ControlService", 1726);
}

static int stopLate(const wchar_t *name) {
  SERVICE_STATUS told;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
  while (losesAnswer(name)) Sleep(50);
  return service != NULL && ControlService(service, SERVICE_CONTROL_STOP, &told) ? 0 : 1;
}

static int stop(const wchar_t *name) {
  SERVICE_STATUS_PROCESS now;
  SERVICE_STATUS told;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
  if (service == NULL) return fail("OpenService", GetLastError());
  stateOf(service, &now);
  if (now.dwCurrentState == SERVICE_STOPPED) return fail("ControlService", 1062);
  if (now.dwCurrentState != SERVICE_RUNNING) return fail("ControlService", 1061);
  if (dependents(name, 1, 0) > 0) return fail("ControlService", 1051);
  if (losesAnswer(name)) return loseAnswer(name);
  if (!ControlService(service, SERVICE_CONTROL_STOP, &told)) return fail("ControlService", GetLastError());
  stateOf(service, &now);
  show(name, NULL, &now, 0);
  return 0;
}

static int isDelayed(const wchar_t *name) {
  wchar_t path[300];
  DWORD delayed = 0, size = sizeof delayed;
  pathOf(name, path);
  return RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DelayedAutostart", RRF_RT_REG_DWORD, NULL, &delayed, &size) == 0 &&
         delayed == 1;
}

static int showConfig(const wchar_t *name) {
  static const char *types[] = {"BOOT_START", "SYSTEM_START", "AUTO_START", "DEMAND_START", "DISABLED"};
  union {
    QUERY_SERVICE_CONFIGW config;
    BYTE room[8192];
  } found;
  DWORD needed;
  QUERY_SERVICE_CONFIGW *config = &found.config;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);
  if (service == NULL) return fail("OpenService", GetLastError());
  if (!QueryServiceConfigW(service, config, sizeof found, &needed)) return fail("QueryServiceConfig", GetLastError());
  printf("[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: %ls\r\n", name);
  printf("        TYPE               : %lx  WIN32_OWN_PROCESS \r\n", config->dwServiceType);
  printf("        START_TYPE         : %lu   %s%s\r\n", config->dwStartType,
         config->dwStartType < 5 ? types[config->dwStartType] : "?", isDelayed(name) ? "  (DELAYED)" : "");
  printf("        ERROR_CONTROL      : %lu   NORMAL\r\n", config->dwErrorControl);
  printf("        BINARY_PATH_NAME   : %ls  \r\n", config->lpBinaryPathName);
  printf("        LOAD_ORDER_GROUP   : \r\n        TAG                : 0  \r\n");
  printf("        DISPLAY_NAME       : %ls  \r\n        DEPENDENCIES       : ", config->lpDisplayName);
  wchar_t *names = dependenciesOf(name);
  if (names == NULL || *names == 0) printf("\r\n");
  for (wchar_t *at = names; at != NULL && *at != 0; at += wcslen(at) + 1)
    printf("%s%ls  \r\n", at == names ? "" : "                           : ", at);
  printf("        SERVICE_START_NAME : %ls  \r\n", config->lpServiceStartName);
  return 0;
}

static int setStartType(const wchar_t *name, const wchar_t *word) {
  wchar_t path[300];
  DWORD delayed = _wcsicmp(word, L"delayed-auto") == 0;
  DWORD type = delayed || _wcsicmp(word, L"auto") == 0 ? SERVICE_AUTO_START
               : _wcsicmp(word, L"demand") == 0        ? SERVICE_DEMAND_START
                                                       : SERVICE_DISABLED;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_ALL_ACCESS);
  if (service == NULL) return fail("OpenService", GetLastError());
  pathOf(name, path);
  RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, L"DelayedAutostart", REG_DWORD, &delayed, sizeof delayed);
  return ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                              NULL)
             ? 0
             : fail("ChangeServiceConfig", GetLastError());
}

static int query(const wchar_t *name, int withProcess) {
  SERVICE_STATUS_PROCESS status;
  if (name == NULL || wcschr(name, L'=') != NULL) {
    DWORD count;
    ENUM_SERVICE_STATUS_PROCESSW *all = allServices(&count);
    for (DWORD i = 0; i < count; i++)
      show(all[i].lpServiceName, all[i].lpDisplayName, &all[i].ServiceStatusProcess, withProcess);
    return 0;
  }
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);
  if (service == NULL) return fail("EnumQueryServicesStatus:OpenService", GetLastError());
  stateOf(service, &status);
  show(name, NULL, &status, withProcess);
  return 0;
}

static BOOL WINAPI endByCtrlC(DWORD event) {
  (void)event;
  ExitProcess(0xC000013A); /* STATUS_CONTROL_C_EXIT */
}

int wmain(int argc, wchar_t **argv) {
  if (argc > 1 && wcsncmp(argv[1], L"\\\\", 2) == 0) {
    if (wcscmp(argv[1], L"\\\\labrim") != 0) return fail("OpenSCManager", 1722);
    argc--, argv++;
  }
  const wchar_t *verb = argc > 1 ? argv[1] : L"", *name = argc > 2 ? argv[2] : NULL;
  SERVICE_STATUS_PROCESS status;
  SetConsoleCtrlHandler(endByCtrlC, TRUE);
  manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
  if (manager == NULL) return fail("OpenSCManager", GetLastError());
  if (_wcsicmp(verb, L"query") == 0) return query(name, 0);
  if (_wcsicmp(verb, L"queryex") == 0) return query(name, 1);
  if (name == NULL) return 1639;
  if (_wcsicmp(verb, L"qc") == 0) return showConfig(name);
  if (_wcsicmp(verb, L"stop") == 0) return stop(name);
  if (_wcsicmp(verb, L"stop-late") == 0) return stopLate(name);
  if (_wcsicmp(verb, L"config") == 0)
    return argc == 5 && _wcsicmp(argv[3], L"start=") == 0 ? setStartType(name, argv[4]) : 1639;
  SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);
  if (service == NULL) return fail("OpenService", GetLastError());
  if (_wcsicmp(verb, L"enumdepend") == 0) {
    printf("[SC] EnumDependentServices: entriesread = %d\r\n", dependents(name, 0, 0));
    dependents(name, 0, 1);
    return 0;
  }
  if (_wcsicmp(verb, L"start") == 0) {
    DWORD code = start(name, 0);
    if (code != 0) return fail("StartService", code);
    stateOf(service, &status);
    show(name, NULL, &status, 1);
    return 0;
  }
  return 1639;
}
