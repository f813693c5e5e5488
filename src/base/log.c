/* What snug says: see log.h. */
#include "base/log.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/io.h"
#include "base/json-build.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <syslog.h>
#include <unistd.h>

static const struct
{
  const char *name;
  int severity;
} levels[] = {
  [LOG_LEVEL_ERROR] = { "error", LOG_ERR },
  [LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
  [LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

static const char *called_by = "snug";
static gboolean with_level;
static LogLevel least = LOG_LEVEL_WARNING;
static LogFormat format = LOG_TEXT;
static int log_fd = -1; /* the log; it stays open to the end */
static gboolean to_syslog;

void
log_set_name (const char *name)
{
  called_by = name;
}

void
log_set_level_prefix (gboolean on)
{
  with_level = on;
}

void
log_set_level (LogLevel level)
{
  least = level;
}

void
log_set_format (LogFormat wanted)
{
  format = wanted;
}

/* --- Records ------------------------------------------------------------------------------------------------- */

static char *
record_json (LogLevel level, const char *time, const char *text)
{
  g_autoptr (json_object) record = json_object_new_object ();
  json_add (record, "level", json_text (levels[level].name));
  json_add (record, "msg", json_text (text));
  json_add (record, "time", json_text (time));
  return g_strconcat (json_object_to_json_string_ext (record, JSON_C_TO_STRING_NOSLASHESCAPE), "\n", NULL);
}

static char *
record_text (LogLevel level, const char *time, const char *text)
{
  /* All that is not ASCII stays as it is. */
  static char beyond_ascii[129];
  for (guint i = 0; i < 128; i++)
    beyond_ascii[i] = (char) (128 + i);

  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *quoted = g_strescape (valid, beyond_ascii);
  return g_strdup_printf ("time=\"%s\" level=%s msg=\"%s\"\n", time, levels[level].name, quoted);
}

/* A reader that went away is no reason to die. */
static void
write_without_sigpipe (int fd, const char *data, gsize length)
{
  sigset_t pipe, before, pending;
  sigemptyset (&pipe);
  sigaddset (&pipe, SIGPIPE);
  sigpending (&pending);
  sigprocmask (SIG_BLOCK, &pipe, &before);
  write_all (fd, data, length, NULL);
  if (!sigismember (&pending, SIGPIPE))
    sigtimedwait (&pipe, NULL, &(struct timespec){ 0, 0 });
  sigprocmask (SIG_SETMASK, &before, NULL);
}

/* Writes a whole record at once, so that those of several processes do not mix.  When it can't be written there is
 * nobody to tell. */
static void
write_record (int fd, LogLevel level, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *record = (format == LOG_JSON ? record_json : record_text) (level, time, text);
  write_without_sigpipe (fd, record, strlen (record));
}

static void
print_lines (LogLevel level, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      g_autoptr (GString) shown = g_string_new (NULL);
      text_append_printable (shown, *line);
      if (with_level)
        fprintf (stderr, "<%d>", levels[level].severity);
      fprintf (stderr, "%s: %s\n", called_by, shown->str);
    }
}

static void
say (LogLevel level, const char *text)
{
  gboolean has_log = to_syslog || log_fd >= 0;
  if (level > least)
    return;

  if (to_syslog)
    syslog (levels[level].severity, "%s", text);
  if (log_fd >= 0)
    write_record (log_fd, level, text);
  if (!has_log && format == LOG_JSON)
    write_record (STDERR_FILENO, level, text);
  else if (!has_log || level == LOG_LEVEL_ERROR)
    print_lines (level, text);
}

/* --- The log -------------------------------------------------------------------------------------------------- */

static gboolean
open_file (const char *path, GError **error)
{
  /* A symbolic link is followed, /dev/stderr being one, and a pipe waited for until somebody reads it: the name is the
   * caller's, who may write there anyway. */
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd >= 0 && fd <= STDERR_FILENO) /* it must not take the place of a standard descriptor that is closed */
    {
      log_fd = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      close (fd);
    }
  else
    log_fd = fd;
  return log_fd >= 0 || fail_errno (error, errno, _ ("can't open the log %s"), path);
}

static gboolean
open_syslog (const char *name, GError **error G_GNUC_UNUSED)
{
  openlog (name, LOG_PID, LOG_USER);
  to_syslog = TRUE;
  return TRUE;
}

static const struct
{
  const char *prefix;
  gboolean (*open) (const char *rest, GError **error);
} destinations[] = {
  { "file:", open_file },
  { "syslog:", open_syslog },
  { "journald:", open_syslog },
};

gboolean
log_open (const char *destination, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (destinations); i++)
    if (g_str_has_prefix (destination, destinations[i].prefix))
      return destinations[i].open (destination + strlen (destinations[i].prefix), error);
  return open_file (destination, error);
}

/* --- Saying something -------------------------------------------------------------------------------------------- */

void
log_error (const char *text)
{
  say (LOG_LEVEL_ERROR, text);
}

static void G_GNUC_PRINTF (2, 0) say_formatted (LogLevel level, const char *text_format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (text_format, args);
  say (level, text);
}

void
log_warning (const char *text_format, ...)
{
  va_list args;
  va_start (args, text_format);
  say_formatted (LOG_LEVEL_WARNING, text_format, args);
  va_end (args);
}

void
log_debug (const char *text_format, ...)
{
  if (least < LOG_LEVEL_DEBUG)
    return;
  va_list args;
  va_start (args, text_format);
  say_formatted (LOG_LEVEL_DEBUG, text_format, args);
  va_end (args);
}
