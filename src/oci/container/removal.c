/* Removing a container, and the hooks that come when it is gone: poststop; runtime.md, "Lifecycle", 12 and 13.
 *
 * Between the two it is buried, so that the hooks that are left are run by the next create or delete if this one is cut short.
 * One that was cut short itself, which ends with whoever waits for it, is run again.
 */
#include "oci/container/life.h"

#include "base/log.h"

static void
run_last_hooks (const Life *life)
{
  Container *container = life->container;
  const GArray *hooks = life->spec->bundle->hooks[HOOK_POSTSTOP];

  for (guint i = (guint) container->last_hooks; i < hooks->len; i++)
    {
      g_autoptr (GError) failure = NULL;
      const Hook *hook = &g_array_index (hooks, Hook, i);
      if (!engine_hook (life->spec->bundle, hook, status_name (STATUS_STOPPED), 0, &failure))
        log_warning ("%s", failure->message);
      container->last_hooks = i + 1;
      if (container->grave >= 0 && container->last_hooks < hooks->len)
        container_save (container, NULL); /* what can't be noted is done twice at worst */
    }
}

gboolean
life_remove (Life *life, gboolean with_hooks, GError **error)
{
  Container *container = life->container;
  gboolean hooks = with_hooks && life->spec->bundle->hooks[HOOK_POSTSTOP]->len > 0;
  gboolean buried = hooks && container_bury (container);

  if (!buried && !container_remove (container, error))
    return FALSE;
  life->gone = TRUE;
  container_unlock (container);
  if (hooks)
    run_last_hooks (life);
  return !buried || container_remove (container, error);
}

static void
take_up (Life *life)
{
  g_autoptr (GError) error = NULL;
  if (life_load_kept (life, &error))
    run_last_hooks (life);
  if (error != NULL || !container_remove (life->container, &error))
    log_warning ("%s: %s", life->container->id, error->message);
}

gboolean
life_finish_removals (Store *store, const char *id)
{
  g_autoptr (GPtrArray) buried = store_exhume (store);
  gboolean found = FALSE;
  while (buried->len > 0)
    {
      g_autoptr (Life) life = life_new ();
      life->container = g_ptr_array_steal_index (buried, 0);
      found |= g_str_equal (life->container->id, id);
      take_up (life);
    }
  return found;
}
