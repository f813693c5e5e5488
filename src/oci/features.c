/* The features document: see features.h. */
#include "oci/features.h"

#include "base/capability.h"
#include "oci/config/config.h"
#include "oci/oci.h"
#include "plan/seccomp.h"

#include <seccomp.h>

static const struct
{
  const char *object, *member;
  gboolean is_there;
} features[N_FEATURES] = {
#define FEATURE(name, object, member, is_there) [FEATURE_##name] = { object, member, is_there },
#include "oci/features.def"
#undef FEATURE
};

static const char *const mount_options[] = {
#define OPTION(name, ...) name,
#include "oci/config/mount-options.def"
#undef OPTION
  NULL,
};

/* That a bundle of somebody else's may do harm with. */
static const char *const unsafe_annotations[] = { ANNOTATION_KEEP_GROUPS, ANNOTATION_SYSTEMD, NULL };

gboolean
feature_is_there (Feature feature)
{
  return features[feature].is_there;
}

/* The object at @path in @object, which is made if it is missing. */
static json_object *
object_at (json_object *object, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  for (char **name = names; *name; name++)
    {
      json_object *member;
      if (!json_object_object_get_ex (object, *name, &member))
        json_add (object, *name, member = json_object_new_object ());
      object = member;
    }
  return object;
}

static json_object *
describe_hooks (void)
{
  json_object *array = json_object_new_array ();
  for (HookMoment moment = 0; moment < N_HOOKS; moment++)
    json_object_array_add (array, json_text (config_hook_name (moment)));
  return array;
}

static json_object *
describe_namespaces (void)
{
  json_object *array = json_object_new_array ();
  for (NamespaceType type = 0; type < N_NAMESPACES; type++)
    json_object_array_add (array, json_text (namespace_names[type].config_name));
  return array;
}

/* All that the library knows, whether this kernel does or not. */
static json_object *
describe_capabilities (void)
{
  json_object *array = json_object_new_array ();
  for (int cap = 0; cap < 64; cap++)
    {
      g_autofree char *name = capability_name (cap);
      g_autofree char *upper = g_ascii_strup (name, -1);
      if (g_str_has_prefix (upper, "CAP_"))
        json_object_array_add (array, json_text (upper));
    }
  return array;
}

static void
describe_seccomp (json_object *seccomp)
{
  static const struct
  {
    const char *name;
    SeccompWords words;
  } lists[] = {
    { "actions", SECCOMP_ACTIONS },
    { "operators", SECCOMP_OPERATORS },
    { "archs", SECCOMP_ARCHITECTURES },
    { "knownFlags", SECCOMP_FLAGS },
    { "supportedFlags", SECCOMP_SUPPORTED_FLAGS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree const char **words = seccomp_words (lists[i].words);
      json_add (seccomp, lists[i].name, json_texts (words));
    }
}

/* An array of what @name_at says for 0, 1, … */
static json_object *
list_names (const char *(*name_at) (gsize i))
{
  json_object *array = json_object_new_array ();
  for (gsize i = 0; name_at (i) != NULL; i++)
    json_object_array_add (array, json_text (name_at (i)));
  return array;
}

static void
describe_memory_policy (json_object *policy)
{
  json_add (policy, "modes", list_names (config_memory_mode));
  json_add (policy, "flags", list_names (config_memory_flag));
}

static json_object *
describe_linux (void)
{
  json_object *section = json_object_new_object ();
  json_add (section, "namespaces", describe_namespaces ());
  json_add (section, "capabilities", describe_capabilities ());
  for (Feature i = 0; i < N_FEATURES; i++)
    json_add (object_at (section, features[i].object), features[i].member,
              json_object_new_boolean (features[i].is_there));
  if (feature_is_there (FEATURE_seccomp))
    describe_seccomp (object_at (section, "seccomp"));
  describe_memory_policy (object_at (section, "memoryPolicy"));
  return section;
}

static json_object *
describe_annotations (void)
{
  json_object *annotations = json_object_new_object ();
  const struct scmp_version *seccomp = seccomp_version ();
  json_add (annotations, "run.oci.snug.version", json_text (PACKAGE_VERSION));
  json_add (annotations, "io.github.seccomp.libseccomp.version",
            json_textf ("%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro));
  return annotations;
}

json_object *
features_describe (void)
{
  json_object *document = json_object_new_object ();
  json_add (document, "ociVersionMin", json_text ("1.0.0"));
  json_add (document, "ociVersionMax", json_text (OCI_SPEC_VERSION));
  json_add (document, "hooks", describe_hooks ());
  json_add (document, "mountOptions", json_texts (mount_options));
  json_add (document, "linux", describe_linux ());
  json_add (document, "annotations", describe_annotations ());
  json_add (document, "potentiallyUnsafeConfigAnnotations", json_texts (unsafe_annotations));
  return document;
}
