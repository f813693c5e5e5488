/* Id maps: which user namespaces there will be and what is mapped into them.
 *
 * Ranges come from the caller's subordinate ids (subuid(5), subgid(5)).  Whether they can be written is
 * checked here, before anything is done, so that each obstacle is an error of its own; the helpers are run by
 * engine/maps.c.
 */
#include "plan/build.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/number.h"
#include "base/user.h"
#include "plan/helpers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What differs between the map of users and the map of groups. */
typedef struct
{
  const char *file;   /* the caller's subordinate ids */
  const char *helper; /* the program that writes such a map */
  guint32 own;        /* the caller's id outside */
} IdKind;

static guint64
range_end (const IdRange *range)
{
  return (guint64) range->inside + range->count;
}

/* --- Subordinate ids ------------------------------------------------------------------------------ */

static gint
compare_ranges (gconstpointer a, gconstpointer b)
{
  const IdRange *first = a, *second = b;
  return first->outside < second->outside ? -1 : first->outside > second->outside;
}

/* Sorts the ranges and joins those that touch or overlap: lines may repeat each other. */
static void
join_ranges (GArray *ranges)
{
  g_array_sort (ranges, compare_ranges);
  for (guint i = 1; i < ranges->len;)
    {
      IdRange *before = &g_array_index (ranges, IdRange, i - 1);
      const IdRange *range = &g_array_index (ranges, IdRange, i);
      guint64 end = (guint64) before->outside + before->count;
      if (range->outside > end)
        {
          i++;
          continue;
        }
      end = MAX (end, (guint64) range->outside + range->count);
      before->count = (guint32) (end - before->outside);
      g_array_remove_index (ranges, i);
    }
}

/* They are listed under the caller's name or number. */
GArray *
subordinate_ids (const char *file)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (IdRange));
  g_autofree char *text = read_text_file (file);
  g_autofree char *name = text ? user_name (getuid ()) : NULL;
  g_autofree char *number = g_strdup_printf ("%u", getuid ());

  if (text == NULL)
    return ranges;

  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) part = g_strsplit (*line, ":", 3);
      guint64 start, count;
      if (g_strv_length (part) != 3 || !(g_str_equal (part[0], number) || g_strcmp0 (part[0], name) == 0)
          || !parse_number (part[1], 10, G_MAXUINT32 - 1, &start)
          || !parse_number (part[2], 10, G_MAXUINT32 - start, &count) || count == 0)
        continue;
      IdRange range = { 0, (guint32) start, (guint32) count, { 0 } };
      g_array_append_val (ranges, range);
    }
  join_ranges (ranges);
  return ranges;
}

/* Takes @id out of @pool: what is mapped by itself can't be mapped again. */
static void
remove_id (GArray *pool, guint32 id)
{
  for (guint i = 0; i < pool->len; i++)
    {
      IdRange *range = &g_array_index (pool, IdRange, i);
      if (id < range->outside || id - range->outside >= range->count)
        continue;
      IdRange after = { 0, id + 1, range->count - (id - range->outside) - 1, { 0 } };
      range->count = id - range->outside;
      if (after.count > 0)
        g_array_insert_val (pool, i + 1, after);
      if (g_array_index (pool, IdRange, i).count == 0)
        g_array_remove_index (pool, i);
      return;
    }
}

static gboolean
is_subordinate (const GArray *pool, const IdRange *range)
{
  for (guint i = 0; i < pool->len; i++)
    {
      const IdRange *have = &g_array_index (pool, IdRange, i);
      if (range->outside >= have->outside
          && (guint64) range->outside + range->count <= (guint64) have->outside + have->count)
        return TRUE;
    }
  return FALSE;
}

gboolean
fail_no_subordinate_ids (const char *file, GError **error)
{
  g_autofree char *known = user_name (getuid ());
  const char *name = known ? known : "USER";
  return fail (error, SNUG_ERROR_FAILED,
               _ ("%s has no subordinate ids for %s (uid %u)\n"
                  "an administrator can give some with: usermod --add-subuids 100000-165535 --add-subgids "
                  "100000-165535 %s"),
               file, name, getuid (), name);
}

/* --- Maps -------------------------------------------------------------------------------------------- */

/* The kernel's id space ends here: (uid_t) -1 is no id. */
#define IDS G_MAXUINT32

/* user_namespaces(7): so many lines to a map. */
#define MAX_EXTENTS 340

/* Appends at most @count ids taken from the front of @pool, mapped from @inside on. */
static void
take_from_pool (GArray *map, GArray *pool, guint32 inside, guint64 count)
{
  while (pool->len > 0 && count > 0)
    {
      IdRange *first = &g_array_index (pool, IdRange, 0);
      guint32 n = (guint32) MIN (MIN (count, first->count), IDS - (guint64) inside);
      if (n == 0)
        return;
      IdRange range = { inside, first->outside, n, { 0 } };
      g_array_append_val (map, range);
      inside += n;
      count -= n;
      first->outside += n;
      first->count -= n;
      if (first->count == 0)
        g_array_remove_index (pool, 0);
    }
}

static GArray *
map_auto (const IdKind *kind, GArray *pool)
{
  GArray *map = g_array_new (FALSE, FALSE, sizeof (IdRange));
  IdRange own = { 0, kind->own, 1, { 0 } };
  g_array_append_val (map, own);
  take_from_pool (map, pool, 1, IDS);
  return map;
}

static GArray *
map_ids (const IdKind *kind, GArray *pool)
{
  GArray *map = g_array_new (FALSE, FALSE, sizeof (IdRange));
  IdRange own = { kind->own, kind->own, 1, { 0 } };
  take_from_pool (map, pool, 0, kind->own);
  g_array_append_val (map, own);
  take_from_pool (map, pool, kind->own + 1, IDS);
  return map;
}

/* Ranges as written: none may overlap another inside or outside, and all must be the caller's to give. */
static gboolean
check_ranges (const GArray *map, const IdKind *kind, GError **error)
{
  g_autoptr (GArray) pool = NULL;
  for (guint i = 0; i < map->len; i++)
    {
      const IdRange *range = &g_array_index (map, IdRange, i);
      gboolean own = range->count == 1 && range->outside == kind->own;

      for (guint j = 0; j < i; j++)
        {
          const IdRange *other = &g_array_index (map, IdRange, j);
          if ((range->inside < range_end (other) && other->inside < range_end (range))
              || (range->outside < (guint64) other->outside + other->count
                  && other->outside < (guint64) range->outside + range->count))
            {
              fail (error, SNUG_ERROR_USAGE, _ ("the range overlaps an earlier one"));
              return prefix_origin (error, &range->origin);
            }
        }
      if (own || getuid () == 0)
        continue;
      if (pool == NULL) /* whose reading takes looking up the caller's name */
        pool = subordinate_ids (kind->file);
      if (is_subordinate (pool, range))
        continue;
      if (pool->len == 0)
        fail_no_subordinate_ids (kind->file, error);
      else
        {
          const IdRange *have = &g_array_index (pool, IdRange, 0);
          fail (error, SNUG_ERROR_FAILED, _ ("ids %u to %u are not yours to map: %s gives you %u to %u"),
                range->outside, range->outside + range->count - 1, kind->file, have->outside,
                have->outside + have->count - 1);
        }
      return prefix_origin (error, &range->origin);
    }
  return TRUE;
}

/* Appends a line of a map. */
static void
append_range (GString *text, guint64 inside, guint64 outside, guint64 count)
{
  append_number (text, inside, ' ');
  append_number (text, outside, ' ');
  append_number (text, count, '\n');
}

const char *
map_text (Plan *plan, const GArray *map, gboolean identity)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < map->len; i++)
    {
      const IdRange *range = &g_array_index (map, IdRange, i);
      append_range (text, range->inside, identity ? range->inside : range->outside, range->count);
    }
  return plan_own (plan, g_string_free (text, FALSE));
}

static const char *
single_text (Plan *plan, guint64 inside, guint64 outside)
{
  GString *text = g_string_new (NULL);
  append_range (text, inside, outside, 1);
  return plan_own (plan, g_string_free (text, FALSE));
}

/* Builds one of the two maps from subordinate ids. */
static GArray *
build_ranges (const Spec *spec, const IdKind *kind, const GArray *written, GError **error)
{
  if (spec->map_mode == MAP_RANGES)
    return check_ranges (written, kind, error) ? g_array_ref ((GArray *) written) : NULL;

  g_autoptr (GArray) pool = subordinate_ids (kind->file);
  if (pool->len == 0)
    {
      fail_no_subordinate_ids (kind->file, error);
      prefix_origin (error, &spec->map_origin);
      return NULL;
    }
  remove_id (pool, kind->own);
  return spec->map_mode == MAP_AUTO ? map_auto (kind, pool) : map_ids (kind, pool);
}

/* Which id to be inside: as asked; else the own one if it is mapped; else 0, or the first that there is.  A container is
 * built by its root where it has one. */
static gboolean
choose_id (const GArray *map, const Number *wanted, const IdKind *kind, gboolean prefer_root, gint64 *id,
           GError **error)
{
  if (wanted->value >= 0)
    {
      if (!id_map_find (map, (guint64) wanted->value, NULL))
        {
          fail (error, SNUG_ERROR_USAGE, _ ("id %u is not in the map"), (guint) wanted->value);
          return prefix_origin (error, &wanted->origin);
        }
      *id = wanted->value;
    }
  else if (id_map_has_outside (map, kind->own) && !(prefer_root && id_map_find (map, 0, NULL)))
    *id = -1;
  else
    *id = id_map_find (map, 0, NULL) ? 0 : g_array_index (map, IdRange, 0).inside;
  return TRUE;
}

/* Whether the map has the caller's own id alone, which needs nobody's help. */
static gboolean
is_own_id (const GArray *map, const IdKind *kind)
{
  const IdRange *range = &g_array_index (map, IdRange, 0);
  return map->len == 1 && range->count == 1 && range->outside == kind->own;
}

static gboolean
compile_ranges (Plan *plan, const Spec *spec, gboolean root_needed, IdPlan *ids, GError **error)
{
  const IdKind users = { "/etc/subuid", "newuidmap", getuid () };
  const IdKind groups = { "/etc/subgid", "newgidmap", getgid () };

  g_autoptr (GArray) uid_map = build_ranges (spec, &users, spec->uid_map, error);
  if (uid_map == NULL)
    return FALSE;
  g_autoptr (GArray) gid_map = build_ranges (spec, &groups, spec->gid_map, error);
  if (gid_map == NULL)
    return FALSE;

  if (root_needed && !(id_map_find (uid_map, 0, NULL) && id_map_find (gid_map, 0, NULL)))
    {
      fail (error, SNUG_ERROR_USAGE,
            _ ("--dev needs id 0 in both maps: the kernel mounts devpts for it alone"));
      return prefix_origin (error, &spec->map_origin);
    }
  ids->by_helper = !(is_own_id (uid_map, &users) && is_own_id (gid_map, &groups));
  ids->no_groups = getuid () != 0 && is_own_id (gid_map, &groups);
  if (ids->by_helper && getuid () != 0
      && !(helper_check (users.helper, error) && helper_check (groups.helper, error)))
    return prefix_origin (error, &spec->map_origin);
  if (!choose_id (uid_map, &spec->uid, &users, spec->bundle != NULL, &ids->uid, error)
      || !choose_id (gid_map, &spec->gid, &groups, spec->bundle != NULL, &ids->gid, error))
    return FALSE;

  if (uid_map->len > MAX_EXTENTS || gid_map->len > MAX_EXTENTS)
    {
      fail (error, SNUG_ERROR_FAILED, _ ("the kernel takes no more than %d ranges"), MAX_EXTENTS);
      return prefix_origin (error, &spec->map_origin);
    }
  ids->outer = (MapText){ map_text (plan, uid_map, FALSE), map_text (plan, gid_map, FALSE) };
  ids->nested = spec->disable_userns.given;
  if (ids->nested)
    ids->inner = (MapText){ map_text (plan, uid_map, TRUE), map_text (plan, gid_map, TRUE) };
  return TRUE;
}

/* One id each.  If something needs id 0 during set-up, the caller is 0 first and gets back to the wanted id in a
 * nested namespace. */
static void
compile_single (Plan *plan, const Spec *spec, gboolean root_needed, IdPlan *ids)
{
  guint64 uid = spec->uid.value >= 0 ? (guint64) spec->uid.value : getuid ();
  guint64 gid = spec->gid.value >= 0 ? (guint64) spec->gid.value : getgid ();
  guint64 setup_uid = root_needed ? 0 : uid;
  guint64 setup_gid = root_needed ? 0 : gid;

  ids->outer = (MapText){ single_text (plan, setup_uid, getuid ()), single_text (plan, setup_gid, getgid ()) };
  ids->nested = setup_uid != uid || setup_gid != gid || spec->disable_userns.given;
  if (ids->nested)
    ids->inner = (MapText){ single_text (plan, uid, setup_uid), single_text (plan, gid, setup_gid) };
}

/* --- The choice ----------------------------------------------------------------------------------------- */

/* Whether --unshare-user-try may try: some kernels have user namespaces, but none to give. */
static gboolean
userns_available (void)
{
  if (access ("/proc/self/ns/user", F_OK) != 0)
    return FALSE;
  g_autofree char *limit = read_text_file ("/proc/sys/user/max_user_namespaces");
  return limit == NULL || strcmp (limit, "0\n") != 0;
}

static gboolean
needs_maps (const Spec *spec)
{
  return spec->map_mode != MAP_SINGLE || (spec->uid.value >= 0 && spec->uid.value != getuid ())
         || (spec->gid.value >= 0 && spec->gid.value != getgid ());
}

gboolean
compile_ids (Plan *plan, const Spec *spec, gboolean root_needed, IdPlan *ids, GError **error)
{
  const Namespace *user = &spec->ns[NS_USER];

  if (user->join_fd >= 0)
    {
      /* A container is built by the root of its user namespace, whoever joins that; see STEP_SET_IDS. */
      ids->uid = spec->bundle != NULL ? 0 : spec->uid.value;
      ids->gid = spec->bundle != NULL ? 0 : spec->gid.value;
      return TRUE;
    }

  ids->unshare =
      (getuid () != 0 && spec->bundle == NULL) || (user->unshare && (!user->optional || userns_available ()));
  if (!ids->unshare && user->optional && needs_maps (spec))
    {
      fail (error, SNUG_ERROR_FAILED, _ ("there is no user namespace to be had, so ids can't be mapped"));
      return prefix_origin (error, &user->origin);
    }
  if (!ids->unshare || spec->userns_block_fd.value >= 0)
    return TRUE;
  if (spec->map_mode != MAP_SINGLE)
    return compile_ranges (plan, spec, root_needed, ids, error);
  compile_single (plan, spec, root_needed, ids);
  return TRUE;
}
