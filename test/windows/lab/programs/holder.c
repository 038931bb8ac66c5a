/* holder.exe FILE: an ordinary program that stays until FILE is gone. Without one, Wine ends every service as soon as
   the last ordinary program has ended. It opens the desktop, so that explorer.exe is started by it: else the first
   program that needs a desktop starts explorer.exe with its own pipes, and whoever waits for those waits for ever. */
#include <windows.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  GetDesktopWindow();
  while (GetFileAttributesA(argv[1]) != INVALID_FILE_ATTRIBUTES) Sleep(200);
  return 0;
}
