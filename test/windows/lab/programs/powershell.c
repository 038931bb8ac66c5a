/* powershell.exe: a stand-in for Windows PowerShell 5.1, which Wine has not. It runs no PowerShell. It takes the
   argument list of the product and no other, reads all of stdin, and answers from files that the test wrote:

   -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File ...\dist\powershell\NAME.ps1
       C:\lab\powershell\NAME.THUMBPRINT.json when the input has such a "thumbprint", else C:\lab\powershell\NAME.json.
       What it was given is appended to C:\lab\powershell\calls.txt: NAME, a space, the input, a line end.
       Of invoke-remote, which has another server run the script SCRIPT: C:\lab\powershell\invoke-remote.SCRIPT.json.
   Of the script process-start it answers the real start time of the process. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static char input[8 * 1024 * 1024];

static int refuse(const char *why) {
  fprintf(stderr, "the stand-in for powershell.exe: %s\r\n", why);
  return 64;
}

static int startTime(int pid) {
  FILETIME made, ended, kernel, user;
  HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
  DWORD code;
  if (process == NULL || !GetExitCodeProcess(process, &code) || code != STILL_ACTIVE) {
    printf("{\"ok\":true,\"value\":null}\r\n");
    return 0;
  }
  GetProcessTimes(process, &made, &ended, &kernel, &user);
  printf("{\"ok\":true,\"value\":\"%llu\"}\r\n", ((unsigned long long)made.dwHighDateTime << 32) | made.dwLowDateTime);
  return 0;
}

static int answer(const char *path) {
  static char text[65536];
  size_t count;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  while ((count = fread(text, 1, sizeof text, file)) > 0) fwrite(text, 1, count, stdout);
  fclose(file);
  printf("\r\n");
  return 1;
}

static int runScript(const wchar_t *script) {
  const wchar_t *folder = wcsstr(script, L"\\dist\\powershell\\");
  char name[100], path[MAX_PATH], thumbprint[41] = "", remote[60] = "";
  size_t length;
  if (folder == NULL || script[1] != L':') return refuse("the script does not lie in dist\\powershell");
  if (GetFileAttributesW(script) == INVALID_FILE_ATTRIBUTES) return refuse("there is no such script");
  snprintf(name, sizeof name, "%ls", wcsrchr(script, L'\\') + 1);
  length = strlen(name);
  if (length < 5 || strcmp(name + length - 4, ".ps1") != 0) return refuse("the script is no .ps1");
  name[length - 4] = 0;
  for (const char *at = input; *at != 0; at++)
    if (*at < 0x20 || *at > 0x7e) return refuse("the input is not one line of ASCII");
  if (strcmp(name, "process-start") == 0) {
    const char *pid = strstr(input, "\"pid\":");
    return pid == NULL ? refuse("no process is named") : startTime(atoi(pid + 6));
  }
  FILE *calls = fopen("C:\\lab\\powershell\\calls.txt", "ab");
  if (calls != NULL) {
    fprintf(calls, "%s %s\n", name, input);
    fclose(calls);
  }
  const char *asked = strstr(input, "\"thumbprint\":\"");
  if (asked != NULL && sscanf(asked + 14, "%40[0-9A-Fa-f]", thumbprint) == 1) {
    snprintf(path, sizeof path, "C:\\lab\\powershell\\%s.%s.json", name, thumbprint);
    if (answer(path)) return 0;
  }
  const char *sent = strcmp(name, "invoke-remote") == 0 ? strstr(input, "\"script\":\"") : NULL;
  if (sent != NULL && sscanf(sent + 10, "%59[a-z-]", remote) == 1) {
    snprintf(path, sizeof path, "C:\\lab\\powershell\\%s.%s.json", name, remote);
    if (answer(path)) return 0;
  }
  snprintf(path, sizeof path, "C:\\lab\\powershell\\%s.json", name);
  if (!answer(path)) return refuse("no answer was prepared");
  return 0;
}

int wmain(int argc, wchar_t **argv) {
  static const wchar_t *const file[] = {L"-NoLogo",          L"-NoProfile", L"-NonInteractive",
                                        L"-ExecutionPolicy", L"Bypass",     L"-File"};
  int isFile = argc == 8;
  size_t length = fread(input, 1, sizeof input - 1, stdin);
  input[length] = 0;
  for (int i = 0; isFile && i < 6; i++) isFile = wcscmp(argv[i + 1], file[i]) == 0;
  return isFile ? runScript(argv[7]) : refuse("unexpected arguments");
}
