/* taskkill.exe /PID NUMBER /T /F, the argument list of the product and no other: ends a process and all that it started,
   as that of Windows does; Wine's own does not know /T. 128 when there is no such process. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <tlhelp32.h>
#include <wchar.h>

static int end(DWORD pid) {
  HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
  int ended = process != NULL && TerminateProcess(process, 1);
  if (process != NULL) CloseHandle(process);
  PROCESSENTRY32W entry = {sizeof entry};
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  for (BOOL more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry))
    if (entry.th32ParentProcessID == pid && entry.th32ProcessID != pid) end(entry.th32ProcessID);
  CloseHandle(all);
  return ended;
}

int wmain(int argc, wchar_t **argv) {
  if (argc != 5 || wcscmp(argv[1], L"/PID") != 0 || wcscmp(argv[3], L"/T") != 0 || wcscmp(argv[4], L"/F") != 0) {
    fprintf(stderr, "the stand-in for taskkill.exe: unexpected arguments\r\n");
    return 64;
  }
  return end(wcstoul(argv[2], NULL, 10)) ? 0 : 128;
}
