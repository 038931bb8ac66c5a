/* taskkill.exe /PID NUMBER /T /F, the argument list of the product and no other: ends a process and all that it started,
   as that of Windows does; Wine's own does not know /T. 128 when there is no such process, which is appended to the log
   of the services: by then the number may be another's. */
#include <windows.h>
#include <stdio.h>
#include <tlhelp32.h>
#include <wchar.h>

/* `since` is when its parent was made: one that is older had another parent, of the same number. */
static int end(DWORD pid, ULONGLONG since) {
  FILETIME made, ended, kernel, user;
  DWORD code = 0;
  PROCESSENTRY32W entry = {sizeof entry};
  HANDLE process = OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
  if (process == NULL || !GetExitCodeProcess(process, &code) || code != STILL_ACTIVE) return 0;
  if (!GetProcessTimes(process, &made, &ended, &kernel, &user)) return 0;
  ULONGLONG own = ((ULONGLONG)made.dwHighDateTime << 32) | made.dwLowDateTime;
  if (own < since || !TerminateProcess(process, 1)) return 0;
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  for (BOOL more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry))
    if (entry.th32ParentProcessID == pid) end(entry.th32ProcessID, own);
  return 1;
}

int wmain(int argc, wchar_t **argv) {
  if (argc != 5 || wcscmp(argv[1], L"/PID") != 0 || wcscmp(argv[3], L"/T") != 0 || wcscmp(argv[4], L"/F") != 0) {
    fprintf(stderr, "the stand-in for taskkill.exe: unexpected arguments\r\n");
    return 64;
  }
  if (end(wcstoul(argv[2], NULL, 10), 0)) return 0;
  FILE *log = fopen("C:\\lab\\services\\log.txt", "ab");
  if (log == NULL) return 65;
  fputs("taskkill of a process that is gone\r\n", log);
  fclose(log);
  return 128;
}
