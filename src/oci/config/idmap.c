/* Id maps in the options of a mount, as crun has them: "idmap=uids=0-1000-10#10-2000-5;gids=@0-5-10".  A range is the first id
 * in the files, the id that it is seen as, and how many; behind "@" what it is seen as is an id of the container.
 */
#include "oci/config/read.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/number.h"

static const struct
{
  const char *name;
  gsize container, own; /* where the container's map is in the Spec, and the mount's in FsDetails */
} kinds[] = {
  { "uids=", offsetof (Spec, uid_map), offsetof (FsDetails, uid_map) },
  { "gids=", offsetof (Spec, gid_map), offsetof (FsDetails, gid_map) },
};

/* @container: the map that "@" speaks of. */
static gboolean
parse_range (const char *text, const GArray *container, IdRange *range)
{
  guint64 numbers[3];
  gboolean relative = *text == '@';
  g_auto (GStrv) parts = g_strsplit (text + relative, "-", -1);

  if (g_strv_length (parts) != G_N_ELEMENTS (numbers))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!parse_number (parts[i], 10, MAX_ID, &numbers[i]))
      return FALSE;
  if (relative && !id_map_find (container, numbers[1], &numbers[1]))
    return FALSE;
  return id_range_set (range, numbers[0], numbers[1], numbers[2]);
}

static gboolean
parse_ranges (const char *text, const GArray *container, const Origin *origin, GArray *map)
{
  g_auto (GStrv) ranges = g_strsplit (text, "#", -1);
  for (char **range = ranges; *range; range++)
    {
      IdRange parsed = { .origin = *origin };
      if (!parse_range (*range, container, &parsed))
        return FALSE;
      g_array_append_val (map, parsed);
    }
  return map->len > 0;
}

gboolean
read_idmap_option (ConfigReader *reader, const JsonCursor *at, const char *text, FsDetails *details,
                   GError **error)
{
  const Origin origin = origin_of (reader, at);
  g_auto (GStrv) maps = g_strsplit (text, ";", -1);

  details->idmap = IDMAP_OWN;
  details->uid_map = g_array_new (FALSE, TRUE, sizeof (IdRange));
  details->gid_map = g_array_new (FALSE, TRUE, sizeof (IdRange));
  for (char **map = maps; *map; map++)
    {
      gsize k = 0;
      while (k < G_N_ELEMENTS (kinds) && !g_str_has_prefix (*map, kinds[k].name))
        k++;
      if (k == G_N_ELEMENTS (kinds)
          || !parse_ranges (*map + strlen (kinds[k].name),
                            G_STRUCT_MEMBER (GArray *, reader->spec, kinds[k].container), &origin,
                            G_STRUCT_MEMBER (GArray *, details, kinds[k].own)))
        return json_fail (at, error, _ ("\"%s\" is no id map: it is written as uids=0-1000-10;gids=0-1000-10"),
                          text);
    }
  return (details->uid_map->len > 0 && details->gid_map->len > 0)
         || json_fail (at, error, _ ("\"%s\" has to have both uids and gids"), text);
}
