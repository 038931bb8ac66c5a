/* service.exe NAME: a Windows service that does nothing. One line in C:\lab\services\NAME.txt says how it fails, read
   at each start: "start-fails CODE", "never-answers", "refuses-stop" (it accepts no such order), and "never-stops", which
   hangs in STOP_PENDING until the file is gone. What it is told is appended to C:\lab\services\log.txt. */
#include <windows.h>
#include <stdio.h>
#include <string.h>

static char name[128];
static char path[MAX_PATH];
static char fault[128];
static SERVICE_STATUS status;
static SERVICE_STATUS_HANDLE handle;
static HANDLE stopped;

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

static void tell(DWORD state, DWORD code) {
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = state;
  status.dwWin32ExitCode = code;
  status.dwControlsAccepted =
      state == SERVICE_RUNNING && strncmp(fault, "refuses-stop", 12) != 0 ? SERVICE_ACCEPT_STOP : 0;
  SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD order, DWORD type, LPVOID data, LPVOID context) {
  (void)type, (void)data, (void)context;
  if (order == SERVICE_CONTROL_STOP) {
    note("stop");
    tell(SERVICE_STOP_PENDING, 0);
    SetEvent(stopped);
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
  note("start");
  if (sscanf(fault, "start-fails %lu", &code) == 1) {
    tell(SERVICE_STOPPED, code);
    return;
  }
  tell(SERVICE_RUNNING, 0);
  WaitForSingleObject(stopped, INFINITE);
  if (strncmp(fault, "never-stops", 11) == 0)
    while (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES) Sleep(100);
  tell(SERVICE_STOPPED, 0);
}

int main(int argc, char **argv) {
  SERVICE_TABLE_ENTRYA table[] = {{name, serve}, {NULL, NULL}};
  if (argc < 2) return 2;
  snprintf(name, sizeof name, "%s", argv[1]);
  snprintf(path, sizeof path, "C:\\lab\\services\\%s.txt", name);
  FILE *file = fopen(path, "r");
  if (file != NULL) {
    if (fgets(fault, sizeof fault, file) == NULL) fault[0] = 0;
    fclose(file);
  }
  stopped = CreateEventA(NULL, TRUE, FALSE, NULL);
  if (strncmp(fault, "never-answers", 13) == 0) {
    note("start");
    Sleep(INFINITE);
  }
  return StartServiceCtrlDispatcherA(table) ? 0 : 1;
}
