/* lockfile.exe FILE READY: opens FILE and shares it with nobody, makes the file READY, and holds FILE until READY is
   removed. */
#include <windows.h>

static HANDLE openFile(const wchar_t *file) {
  return CreateFileW(file, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

int wmain(int argc, wchar_t **argv) {
  if (argc < 3) return 2;
  HANDLE held = openFile(argv[1]);
  if (held == INVALID_HANDLE_VALUE) return 1;
  CloseHandle(openFile(argv[2]));
  while (GetFileAttributesW(argv[2]) != INVALID_FILE_ATTRIBUTES) Sleep(50);
  CloseHandle(held);
  return 0;
}
