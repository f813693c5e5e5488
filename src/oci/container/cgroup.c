/* See cgroup.h. */
#include "oci/container/cgroup.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/user.h"
#include "cgroup/unit.h"

/* --- Making -------------------------------------------------------------------------------------------------------- */

/* Whether the container manages cgroups itself. */
static gboolean
has_writable_tree (const Spec *spec)
{
  for (guint i = 0; i < spec->fs->len; i++)
    {
      const FsOp *op = &g_array_index (spec->fs, FsOp, i);
      if (op->kind == FS_CGROUP && op->details->attributes
          && !((op->details->attributes->set | op->details->attributes->rec_set) & MOUNT_ATTR_RDONLY))
        return TRUE;
    }
  return FALSE;
}

/* Whether nobody inside owns the files with the limits, which are root's: then they may see them.  An ordinary user's own cgroup
 * stays that user's, so that root can tell whose it is. */
static gboolean
may_see_limits (const Spec *spec)
{
  return is_real_root () && spec->ns[NS_USER].unshare && !id_map_has_outside (spec->uid_map, 0);
}

/* Who is 0 inside. */
static guint32
root_of (const GArray *map, guint32 otherwise)
{
  guint64 outside = otherwise;
  id_map_find (map, 0, &outside);
  return (guint32) outside;
}

void
limits_forget_devices (CgroupLimits *limits)
{
  if (limits->devices == NULL || is_real_root ())
    return;
  log_debug ("%s: not applied in a user namespace", limits->devices_origin);
  g_clear_pointer (&limits->devices, g_array_unref);
}

gboolean
limits_systemd_properties (const Config *config, GVariant **properties, GError **error)
{
  JsonCursor top = json_top (config->document), all = json_member (&top, "annotations");
  g_autoptr (GVariantBuilder) builder = NULL;
  *properties = NULL;
  if (all.value == NULL)
    return TRUE;
  json_object_object_foreach (all.value, name, value)
  {
    if (!g_str_has_prefix (name, ANNOTATION_SYSTEMD))
      continue;
    JsonCursor at = { .parent = &all, .name = name, .value = value };
    g_autofree char *origin = json_path (&at);
    if (builder == NULL)
      builder = g_variant_builder_new (G_VARIANT_TYPE ("a(sv)"));
    if (!unit_add_property (builder, name + strlen (ANNOTATION_SYSTEMD), json_object_get_string (value), origin,
                            error))
      return FALSE;
  }
  if (builder != NULL)
    *properties = g_variant_ref_sink (g_variant_builder_end (builder));
  return TRUE;
}

static const CgroupManager managers[] = {
  [0] = CGROUP_BY_FS,
  [CGROUPS_CGROUPFS] = CGROUP_BY_FS,
  [CGROUPS_SYSTEMD] = CGROUP_BY_SYSTEMD,
  [CGROUPS_DISABLED] = CGROUP_BY_NOBODY,
};

CgroupWish
container_cgroup_wish (const Spec *spec, const OciOptions *options, const char *name,
                       const CgroupLimits *limits, GVariant *properties)
{
  gboolean own = spec->ns[NS_CGROUP].unshare;
  return (CgroupWish){
    .manager = managers[options->cgroup_manager],
    .path = spec->bundle->cgroups_path.value,
    .name = name,
    .properties = properties,
    .limits = limits,
    .needed = options->rootless == ROOTLESS_FALSE || (options->rootless != ROOTLESS_TRUE && is_real_root ()),
    .inner = own && has_writable_tree (spec) && !may_see_limits (spec),
    .give = own && spec->ns[NS_USER].unshare,
    .uid = root_of (spec->uid_map, geteuid ()),
    .gid = root_of (spec->gid_map, getegid ()),
  };
}

/* Until it is known which one it is, its number is 0. */
static gboolean
foretell (gpointer data, const char *path, guint made, GError **error)
{
  Container *container = data;
  container->cgroup = g_strdup (path);
  container->cgroup_made = made;
  return container_save (container, error);
}

void
container_expect_cgroup (Container *container, CgroupWish *wish)
{
  wish->foretell = foretell;
  wish->listener = container;
}

void
container_note_cgroup (Container *container, const Cgroup *cgroup)
{
  g_clear_pointer (&container->cgroup, g_free);
  if (cgroup == NULL)
    return;
  container->cgroup = g_strdup (cgroup->path);
  container->cgroup_id = cgroup->id;
  container->cgroup_made = cgroup->made;
  container->systemd_cgroup = cgroup->unit != NULL;
  container->scope = g_strdup (cgroup->unit);
}

/* --- Finding ------------------------------------------------------------------------------------------------------- */

/* Root uses another user's cgroup only if it is that user's. */
Cgroup *
container_cgroup (const Container *container, GError **error)
{
  if (container->cgroup == NULL)
    return fail (error, SNUG_ERROR_MISSING, _ ("container %s has no cgroup"), container->id), NULL;
  Cgroup *cgroup =
      cgroup_open (container->cgroup, container->cgroup_id, container->foreign ? container->owner : (uid_t) -1,
                   container->systemd_cgroup ? container->scope : NULL, error);
  if (cgroup != NULL)
    cgroup->made = (guint) container->cgroup_made;
  return cgroup;
}

gboolean
container_find_cgroup (const Container *container, Cgroup **cgroup, GError **error)
{
  g_autoptr (GError) failure = NULL;
  *cgroup = container_cgroup (container, &failure);
  if (*cgroup != NULL || g_error_matches (failure, SNUG_ERROR, SNUG_ERROR_MISSING))
    return TRUE;
  return fail_with (error, g_steal_pointer (&failure));
}

/* Another user's is left to that user: what is above it may be root's. */
gboolean
container_remove_cgroup (const Container *container, GError **error)
{
  g_autoptr (Cgroup) cgroup = NULL;
  if (container->cgroup != NULL && container->cgroup_id == 0 && !container->foreign)
    cgroup_unmake (container->cgroup, (guint) container->cgroup_made);
  if (!container_find_cgroup (container, &cgroup, error))
    return FALSE;
  if (cgroup != NULL && container->foreign)
    cgroup->made = MIN (cgroup->made, 1);
  return cgroup == NULL || cgroup_remove (cgroup, error);
}

/* --- The status ---------------------------------------------------------------------------------------------------- */

static void
find_paused (Container *container)
{
  if (container->cgroup == NULL || (container->status != STATUS_RUNNING && container->status != STATUS_CREATED))
    return;
  g_autoptr (Cgroup) cgroup = container_cgroup (container, NULL);
  if (cgroup != NULL && cgroup_is_frozen (cgroup))
    container->status = STATUS_PAUSED;
}

Container *
container_look (Store *store, const char *id, ContainerLock lock, GError **error)
{
  Container *container = container_open (store, id, lock, error);
  if (container != NULL)
    find_paused (container);
  return container;
}

GPtrArray *
container_look_at_all (Store *store, GError **error)
{
  GPtrArray *all = store_list (store, error);
  for (guint i = 0; all && i < all->len; i++)
    find_paused (all->pdata[i]);
  return all;
}
