/* What contradicts itself in a Spec, found before anything is done.
 *
 * A table of wishes that need or exclude one another.  The texts are those that bubblewrap's clients match.
 */
#include "base/error.h"
#include "base/i18n.h"
#include "spec/spec.h"

#include <unistd.h>

/* Each row: when is it wrong, and what is said then. */
typedef struct
{
  gboolean wrong;
  const char *text;
} Rule;

static gboolean
map_is_ours (const Spec *spec)
{
  return spec->map_mode == MAP_AUTO || spec->map_mode == MAP_IDS || spec->map_mode == MAP_RANGES;
}

gboolean
spec_check (const Spec *spec, GError **error)
{
  const Namespace *user = &spec->ns[NS_USER];
  gboolean unshare_user = user->unshare && !user->optional;
  gboolean own_user = user->unshare || (getuid () != 0 && user->join_fd < 0);
  gboolean any_user = own_user || user->join_fd >= 0;

  const Rule rules[] = {
    { spec->userns_block_fd.value >= 0 && !unshare_user, N_ ("--userns-block-fd requires --unshare-user") },
    { spec->userns_block_fd.value >= 0 && spec->info_fd.value < 0,
      N_ ("--userns-block-fd requires --info-fd") },
    { user->join_fd >= 0 && unshare_user, N_ ("--userns not compatible --unshare-user") },
    { user->join_fd >= 0 && user->unshare, N_ ("--userns not compatible --unshare-user-try") },
    { spec->disable_userns.given && !unshare_user, N_ ("--disable-userns requires --unshare-user") },
    { spec->disable_userns.given && spec->userns_block_fd.value >= 0,
      N_ ("--disable-userns is not compatible with --userns-block-fd") },
    { spec->uid.value >= 0 && spec->uid.value != getuid () && !any_user,
      N_ ("Specifying --uid requires --unshare-user or --userns") },
    { spec->gid.value >= 0 && spec->gid.value != getgid () && !any_user,
      N_ ("Specifying --gid requires --unshare-user or --userns") },
    { spec->hostname.value != NULL && !spec->ns[NS_UTS].unshare,
      N_ ("Specifying --hostname requires --unshare-uts") },
    { spec->as_pid_1.given && !spec->ns[NS_PID].unshare, N_ ("Specifying --as-pid-1 requires --unshare-pid") },
    { spec->as_pid_1.given && spec->lock_files->len > 0,
      N_ ("Specifying --as-pid-1 and --lock-file is not permitted") },
    { spec->as_pid_1.given && spec->pty.given,
      N_ ("--as-pid-1 and --pty exclude each other: the terminal needs an init") },
    { spec->pty.given && spec->new_session.given,
      N_ ("--pty already makes a new session: leave out --new-session") },
    { spec->cgroup_manager.value != NULL && !spec_limits (spec),
      N_ ("--cgroup-manager requires a limit, such as --memory: there is no cgroup to make") },
    { map_is_ours (spec) && !own_user,
      N_ ("--map-auto, --map-ids, --uid-map and --gid-map require --unshare-user") },
    { map_is_ours (spec) && spec->userns_block_fd.value >= 0,
      N_ ("--userns-block-fd leaves the maps to others: it excludes options that write them") },
    { spec->map_mode == MAP_RANGES && (spec->uid_map->len == 0 || spec->gid_map->len == 0),
      N_ ("--uid-map and --gid-map belong together") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].wrong)
      return fail (error, SNUG_ERROR_USAGE, "%s", _ (rules[i].text));
  return TRUE;
}
