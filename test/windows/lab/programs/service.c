/* service.exe NAME: a Windows service that does nothing. What it is told is appended to C:\lab\services\log.txt. It fails
   as C:\lab\services\NAME.txt says, as long as that is there:
   "start-fails CODE"; "hangs-in-start": it answers the service manager later, and whoever starts it waits for that;
   "hangs-in-stop": it stays in STOP_PENDING; "refuses-stop": it tells the service manager that it is NOT_STOPPABLE. */
#include <windows.h>
#include <stdio.h>
#include <string.h>

static char name[128];
static SERVICE_STATUS status;
static SERVICE_STATUS_HANDLE handle;
static HANDLE stopped;
/* Held while the state is told: after the order to stop nobody may tell that it runs. */
static CRITICAL_SECTION telling;

static void note(const char *what) {
  char line[300];
  DWORD written;
  int length = snprintf(line, sizeof line, "%s %s\r\n", what, name);
  HANDLE log = CreateFileA("C:\\lab\\services\\log.txt", FILE_APPEND_DATA,
                           FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                           FILE_ATTRIBUTE_NORMAL, NULL);
  if (log == INVALID_HANDLE_VALUE) return;
  WriteFile(log, line, length, &written, NULL);
  CloseHandle(log);
}

/* Whether it fails so now; the number behind it goes to `code`. */
static int fails(const char *how, unsigned long *code) {
  char path[MAX_PATH], line[128] = "", word[128] = "";
  snprintf(path, sizeof path, "C:\\lab\\services\\%s.txt", name);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fgets(line, sizeof line, file) != NULL) sscanf(line, "%127s %lu", word, code);
  fclose(file);
  return strcmp(word, how) == 0;
}

static int refuses(void) {
  unsigned long code;
  return fails("refuses-stop", &code);
}

static void tell(DWORD state, DWORD code) {
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = state;
  status.dwWin32ExitCode = code;
  status.dwControlsAccepted = state == SERVICE_RUNNING && !refuses() ? SERVICE_ACCEPT_STOP : 0;
  SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD order, DWORD type, LPVOID data, LPVOID context) {
  (void)type, (void)data, (void)context;
  if (order == SERVICE_CONTROL_STOP) {
    note("stop");
    EnterCriticalSection(&telling);
    tell(SERVICE_STOP_PENDING, 0);
    SetEvent(stopped);
    LeaveCriticalSection(&telling);
    return NO_ERROR;
  }
  if (order == SERVICE_CONTROL_INTERROGATE) return NO_ERROR;
  return ERROR_CALL_NOT_IMPLEMENTED;
}

static void WINAPI serve(DWORD argc, char **argv) {
  unsigned long code = 0;
  (void)argc, (void)argv;
  handle = RegisterServiceCtrlHandlerExA(name, control, NULL);
  tell(SERVICE_START_PENDING, 0);
  if (fails("start-fails", &code)) {
    tell(SERVICE_STOPPED, code);
    return;
  }
  tell(SERVICE_RUNNING, 0);
  while (WaitForSingleObject(stopped, 200) == WAIT_TIMEOUT) {
    EnterCriticalSection(&telling);
    if (WaitForSingleObject(stopped, 0) == WAIT_TIMEOUT && refuses() != (status.dwControlsAccepted == 0))
      tell(SERVICE_RUNNING, 0);
    LeaveCriticalSection(&telling);
  }
  while (fails("hangs-in-stop", &code)) Sleep(50);
  tell(SERVICE_STOPPED, 0);
}

int main(int argc, char **argv) {
  SERVICE_TABLE_ENTRYA table[] = {{name, serve}, {NULL, NULL}};
  unsigned long code;
  if (argc < 2) return 2;
  snprintf(name, sizeof name, "%s", argv[1]);
  note("start");
  while (fails("hangs-in-start", &code)) Sleep(50);
  InitializeCriticalSection(&telling);
  stopped = CreateEventA(NULL, TRUE, FALSE, NULL);
  return StartServiceCtrlDispatcherA(table) ? 0 : 1;
}
