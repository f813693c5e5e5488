/* Libraries that few runs need, opened when they are first called.
 *
 * Mapping and relocating three libraries costs every start of a sandbox about a tenth of its time, and most sandboxes
 * have no profile to read and no capability to name.  So the dynamic build links this file in their place: each function
 * of lazy.def stands here under its own name and passes its call on.  The rest of snug does not know.  The static build
 * leaves it out.
 */
#include <dlfcn.h>
#include <json-c/json.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <unistd.h>

typedef enum
{
  CAP,
  SECCOMP,
  JSON,
} Library;

static const char *const names[] = {
  [CAP] = "libcap.so.2", [SECCOMP] = "libseccomp.so.2", [JSON] = "libjson-c.so.5"
};

/* A library that is not there ends us as it would have at the start, when the loader could not find it. */
static void *
find (Library library, const char *function)
{
  void *handle = dlopen (names[library], RTLD_NOW | RTLD_LOCAL);
  void *found = handle ? dlsym (handle, function) : NULL;
  if (found == NULL)
    {
      fprintf (stderr, "snug: %s\n", dlerror ());
      _exit (1);
    }
  return found;
}

#define LAZY(library, type, name, parameters, arguments)      \
  type name parameters                                        \
  {                                                           \
    static type (*function) parameters;                       \
    if (function == NULL)                                     \
      function = (type (*) parameters) find (library, #name); \
    return function arguments;                                \
  }
#define LAZY_VOID(library, name, parameters, arguments)       \
  void name parameters                                        \
  {                                                           \
    static void (*function) parameters;                       \
    if (function == NULL)                                     \
      function = (void (*) parameters) find (library, #name); \
    function arguments;                                       \
  }
#include "base/lazy.def"
