/* whoami.exe: a stand-in that says that this is an administrator's console. Wine's own does not tell integrity levels.
   What "whoami.exe /groups /fo csv /nh" prints for the label, in German: the words must not matter. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc != 5 || strcmp(argv[1], "/groups") != 0) return 1;
  printf("\"Jeder\",\"Bekannte Gruppe\",\"S-1-1-0\",\"Verbindliche Gruppe\"\r\n"
         "\"Verbindliche Beschriftung\\Hohe Verbindlichkeitsstufe\",\"Bezeichnung\",\"S-1-16-12288\",\"\"\r\n");
  return 0;
}
