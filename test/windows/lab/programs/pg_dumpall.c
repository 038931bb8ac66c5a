/* pg_dumpall.exe and psql.exe: stand-ins for the two client programs that no package has for Windows. They say which
   version they are; pg_dumpall writes the text of one role into the file after -f, and asks no server. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv) {
  if (argc == 2 && wcscmp(argv[1], L"--version") == 0) {
    printf("pg_dumpall (PostgreSQL) 14.0\r\n");
    return 0;
  }
  for (int i = 1; i + 1 < argc; i++) {
    if (wcscmp(argv[i], L"-f") != 0) continue;
    FILE *file = _wfopen(argv[i + 1], L"w");
    if (file == NULL) return 1;
    fputs("--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE postgres;\n"
          "ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;\n"
          "CREATE ROLE qliksenserepository;\n\n--\n-- PostgreSQL database cluster dump complete\n--\n",
          file);
    return fclose(file);
  }
  return 1;
}
