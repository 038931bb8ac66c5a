/* Repository.exe: a stand-in for the bootstrap of the Repository Service. It says what the manual quotes of it, one line
   after the other (5.7 step 7, p. 213), goes on when the Service Dispatcher runs, and ends with ENTER from its input. It takes
   -bootstrap, and behind it -standalone and -restorehostname in this order, and nothing else.
   C:\lab\bootstrap.txt has its arguments, and ENTER when it came. */
#include <windows.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_MS 120000

static int runs(const char *name) {
  SERVICE_STATUS status;
  SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service = OpenServiceA(manager, name, SERVICE_QUERY_STATUS);
  int running = service != NULL && QueryServiceStatus(service, &status) && status.dwCurrentState == SERVICE_RUNNING;
  if (service != NULL) CloseServiceHandle(service);
  if (manager != NULL) CloseServiceHandle(manager);
  return running;
}

/* Whether the arguments are those of the manual. */
static int known(int argc, char **argv) {
  static const char *const words[] = {"-standalone", "-restorehostname"};
  int at = 2;
  if (argc < 2 || strcmp(argv[1], "-bootstrap") != 0) return 0;
  for (int i = 0; i < 2; i++)
    if (at < argc && strcmp(argv[at], words[i]) == 0) at++;
  return at == argc;
}

int main(int argc, char **argv) {
  char line[100];
  FILE *log = fopen("C:\\lab\\bootstrap.txt", "ab");
  if (log == NULL) return 3;
  setvbuf(stdout, NULL, _IONBF, 0);
  for (int i = 1; i < argc; i++) fprintf(log, "%s ", argv[i]);
  fflush(log);
  if (!known(argc, argv)) return 64;
  printf("[INFO] Starting in bootstrap mode\r\n[INFO] Entering main startup phase\r\n");
  for (int waited = 0; !runs("QlikSenseServiceDispatcher"); waited += 100) {
    if (waited > LIMIT_MS) {
      printf("[ERROR] The Service Dispatcher does not run\r\n");
      return 1;
    }
    Sleep(100);
  }
  printf("[INFO] Bootstrap mode has terminated. Press ENTER to exit..\r\n");
  fprintf(log, fgets(line, sizeof line, stdin) == NULL ? "closed\n" : "ENTER\n");
  fclose(log);
  return 0;
}
