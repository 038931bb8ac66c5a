/* console.exe FILE PROGRAM ARGS...: runs a program in a console of its own, as a person would, and presses Ctrl+C there
   each time FILE is there, which it removes. Ends with the exit code of the program. Input and output stay those of
   console.exe. */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static BOOL WINAPI stay(DWORD event) {
  (void)event;
  return TRUE;
}

int wmain(int argc, wchar_t **argv) {
  static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  STARTUPINFOW start = {sizeof start};
  PROCESS_INFORMATION child;
  DWORD code = 1;
  HANDLE streams[3];
  if (argc < 3) return 2;
  wchar_t *line = wcsstr(GetCommandLineW(), argv[1]) + wcslen(argv[1]);
  while (*line == L'"' || *line == L' ') line++;
  for (int i = 0; i < 3; i++) {
    streams[i] = GetStdHandle(names[i]);
    SetHandleInformation(streams[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  }
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdInput = streams[0];
  start.hStdOutput = streams[1];
  start.hStdError = streams[2];
  FreeConsole();
  if (!AllocConsole()) return 65;
  /* Only this program stays: that Ctrl+C is ignored would be inherited, a handler is not. */
  SetConsoleCtrlHandler(stay, TRUE);
  if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 66;
  while (WaitForSingleObject(child.hProcess, 50) == WAIT_TIMEOUT) {
    if (DeleteFileW(argv[1]) && !GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return 67;
  }
  GetExitCodeProcess(child.hProcess, &code);
  return (int)code;
}
