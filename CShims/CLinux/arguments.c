#include "CLinux.h"

static int argument_count;
static char **arguments;

// glibc calls constructors with what main gets (csu/libc-start.c, call_init). Swift's own
// CommandLine.arguments is read from /proc/self/cmdline.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}

char *const *linux_arguments(int *count) {
  *count = argument_count;
  return arguments;
}
