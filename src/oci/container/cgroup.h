/* A container and its cgroup: what the verbs need of both. */
#pragma once

#include "cgroup/cgroup.h"
#include "oci/config/config.h"
#include "oci/options.h"
#include "spec/bundle.h"
#include "state/state.h"

/* Rules for devices are the host's root's to set, and whoever is not has no rights that they would take away: they are left
 * out then. */
void limits_forget_devices (CgroupLimits *limits);

/* What annotations say of systemd's unit besides, as "a(sv)"; the caller's.  NULL if they say nothing. */
gboolean limits_systemd_properties (const Config *config, GVariant **properties, GError **error);

/* What is wished for the container of @spec, which borrows all it is made of.  @properties: of the unit that systemd makes, if it
 * does. */
CgroupWish container_cgroup_wish (const Spec *spec, const OciOptions *options, const char *name,
                                  const CgroupLimits *limits, GVariant *properties);

/* Has the record saved, with what is wished for, before there is anything that could be left behind it. */
void container_expect_cgroup (Container *container, CgroupWish *wish);

/* Notes the cgroup that was made for the container, or that there is none, in its record, which is not saved. */
void container_note_cgroup (Container *container, const Cgroup *cgroup);

/* The container's cgroup; NULL with SNUG_ERROR_MISSING if it has none, or has none any more. */
Cgroup *container_cgroup (const Container *container, GError **error);

/* As container_cgroup, where a container without one is no error: *@cgroup is NULL. */
gboolean container_find_cgroup (const Container *container, Cgroup **cgroup, GError **error);

/* Removes the cgroup that the record names, if it is there; with what is left inside. */
gboolean container_remove_cgroup (const Container *container, GError **error);

/* As container_open and store_list, with those that are frozen as STATUS_PAUSED. */
Container *container_look (Store *store, const char *id, ContainerLock lock, GError **error);
GPtrArray *container_look_at_all (Store *store, GError **error);
