// Runs Python from a library that is given by its path: embedder LIBPYTHON ARGUMENTS-OF-PYTHON…
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s LIBPYTHON [ARGUMENTS…]\n", argv[0]);
    return 2;
  }
  // Global: extension modules look for the interpreter's functions among all that is loaded.
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  int (*run)(int, char **) = (int (*)(int, char **))dlsym(library, "Py_BytesMain");
  if (run == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  argv[1] = argv[0];
  return run(argc - 1, argv + 1);
}
