/* setup.exe: a stand-in for Qlik_Sense_setup.exe in a silent upgrade (manual 4.2, p. 183-184). It takes the arguments of that
   mode and no others, and ends with a number of 8.11 (p. 308) when it was given another one.
   C:\lab\setup\exit.txt    orders the exit code, as the manual writes it: -8; without it: 0
   C:\lab\setup\after.json  what Windows tells afterwards, when it ends with 0
   C:\lab\setup\calls.txt   what it was given, one line an argument and an empty one after them, in UTF-8 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PARSING_ERROR -2

static const wchar_t *const known[] = {L"accepteula",   L"desktopshortcut", L"skipstartservices", L"installdir",
                                       L"userpassword", L"dbpassword",      L"bundleinstall",     L"keepcurrentsettings"};

static void note(FILE *file, const wchar_t *text) {
  static char bytes[4096];
  WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
  fprintf(file, "%s\n", bytes);
}

static int isKnown(const wchar_t *word) {
  const wchar_t *value = wcschr(word, L'=');
  if (value == NULL || value[1] == 0) return 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (wcslen(known[i]) == (size_t)(value - word) && wcsncmp(known[i], word, value - word) == 0) return 1;
  return 0;
}

int wmain(int argc, wchar_t **argv) {
  int code = 0, accepted = 0, silent = 0;
  FILE *log = NULL, *calls = fopen("C:\\lab\\setup\\calls.txt", "ab"), *order;
  if (calls == NULL) return 3;
  for (int i = 1; i < argc; i++) note(calls, argv[i]);
  fprintf(calls, "\n");
  fclose(calls);
  for (int i = 1; i < argc; i++) {
    if (wcscmp(argv[i], L"-silent") == 0) silent = 1;
    else if (wcscmp(argv[i], L"-log") == 0 && i + 1 < argc) log = _wfopen(argv[++i], L"wb");
    else if (!isKnown(argv[i])) return PARSING_ERROR;
    else if (wcscmp(argv[i], L"accepteula=1") == 0) accepted = 1;
  }
  if (!silent || !accepted || log == NULL) return PARSING_ERROR;
  order = fopen("C:\\lab\\setup\\exit.txt", "rb");
  if (order != NULL) {
    if (fscanf(order, "%d", &code) != 1) code = 3;
    fclose(order);
  }
  fprintf(log, "Exit code: %d\r\n", code);
  fclose(log);
  if (code != 0) return code;
  return CopyFileA("C:\\lab\\setup\\after.json", "C:\\lab\\powershell\\discover.json", FALSE) ? 0 : 3;
}
