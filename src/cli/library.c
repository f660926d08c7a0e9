/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/library.h"

#include <sqlite3.h>

#include "base/redact.h"
#include "cli/profile.h"
#include "underlabel.h"

#define SCHEMA_VERSION 1
#define MAX_PROFILES 100000
#define MAX_BYTES (64u << 20)
#define MAX_STEPS 20000000 /* of SQLite's machine: some seconds */
#define STEPS_A_CALL 10000

typedef sqlite3 Database;
typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Database, sqlite3_close_v2)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Statement, sqlite3_finalize)

static void
fail (GError **error, const char *path, const char *why)
{
  g_autofree char *shown = ul_redact (path, -1);

  g_set_error (error, UL_ERROR, UL_ERROR_KNOWLEDGE, "%s: %s", shown, why);
}

/* A view that goes on for ever ends as an error. */
static int
count_steps (void *user_data)
{
  guint *n = user_data;

  return ++*n > MAX_STEPS / STEPS_A_CALL;
}

/* The file may be anybody's: its schema is not trusted, and what runs in it is counted in `steps`, which lives as long as it. */
static Database *
open_database (const char *path, int flags, guint *steps, GError **error)
{
  Database *db = NULL;

  if (sqlite3_open_v2 (path, &db, flags, NULL) != SQLITE_OK) {
    fail (error, path, db ? sqlite3_errmsg (db) : "out of memory");
    sqlite3_close_v2 (db);
    return NULL;
  }
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_limit (db, SQLITE_LIMIT_LENGTH, 1 << 20);
  sqlite3_progress_handler (db, STEPS_A_CALL, count_steps, steps);
  sqlite3_busy_timeout (db, 10000);
  return db;
}

static Statement *
prepare (Database *db, const char *path, const char *sql, GError **error)
{
  Statement *statement = NULL;

  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK)
    fail (error, path, sqlite3_errmsg (db));
  return statement;
}

static gboolean
check_version (Database *db, const char *path, GError **error)
{
  g_autoptr (Statement) statement = prepare (db, path, "PRAGMA user_version", error);

  if (!statement)
    return FALSE;
  int version = sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int (statement, 0) : -1;
  if (version == SCHEMA_VERSION)
    return TRUE;
  fail (error, path, version < 0 ? sqlite3_errmsg (db) : "no library of underlabel, or one of another version");
  return FALSE;
}

/* An empty file becomes a library. */
static gboolean
make_tables (Database *db, const char *path, GError **error)
{
  static const char *const sql =
    "CREATE TABLE profile (id INTEGER PRIMARY KEY, maker TEXT NOT NULL, label TEXT, model TEXT, device TEXT NOT NULL,"
    " source TEXT NOT NULL, sha256 TEXT NOT NULL, line TEXT NOT NULL, UNIQUE (device, line));"
    "PRAGMA user_version = 1;";
  g_autoptr (Statement) count = prepare (db, path, "SELECT count(*) FROM sqlite_schema", error);

  if (!count)
    return FALSE;
  if (sqlite3_step (count) != SQLITE_ROW) {
    fail (error, path, sqlite3_errmsg (db));
    return FALSE;
  }
  if (sqlite3_column_int (count, 0) > 0)
    return check_version (db, path, error);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  fail (error, path, sqlite3_errmsg (db));
  return FALSE;
}

/* Several inputs of one model are one source; without a model each input is. */
static char *
device_of (const UlEnrolment *e)
{
  return e->model ? g_strdup_printf ("enrolled %s %s %s", e->maker, e->label ? e->label : "-", e->model) : g_strdup_printf ("enrolled %s", e->sha256);
}

static char *
line_of (const UlEnrolment *e, const char *device, const UlEncoderProfile *profile)
{
  UlJson j;

  ul_json_init (&j, FALSE);
  ul_json_begin_object (&j, NULL);
  ul_json_string (&j, "maker", e->maker);
  ul_json_string (&j, "group", device);
  ul_json_string (&j, "source", e->source);
  ul_json_string (&j, "basis", "enrolled");
  ul_cli_write_profile (&j, profile);
  ul_json_end_object (&j);
  return ul_json_steal (&j);
}

gboolean
ul_library_add (const char *path, const UlEnrolment *e, const UlEncoderProfile *profile, gboolean *ret_added, GError **error)
{
  guint steps = 0;
  g_autoptr (Database) db = open_database (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &steps, error);

  if (!db || !make_tables (db, path, error))
    return FALSE;
  g_autoptr (Statement) insert = prepare (db, path, "INSERT OR IGNORE INTO profile (maker, label, model, device, source, sha256, line)"
                                                    " VALUES (?, ?, ?, ?, ?, ?, ?)", error);
  if (!insert)
    return FALSE;
  g_autofree char *device = device_of (e), *line = line_of (e, device, profile);
  const char *const values[] = { e->maker, e->label, e->model, device, e->source, e->sha256, line };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    sqlite3_bind_text (insert, (int) i + 1, values[i], -1, SQLITE_STATIC); /* NULL binds NULL */
  if (sqlite3_step (insert) != SQLITE_DONE) {
    fail (error, path, sqlite3_errmsg (db));
    return FALSE;
  }
  *ret_added = sqlite3_changes (db) > 0;
  return TRUE;
}

GBytes *
ul_library_read (const char *path, GError **error)
{
  guint steps = 0, n = 0;
  g_autoptr (Database) db = open_database (path, SQLITE_OPEN_READONLY, &steps, error);
  g_autoptr (GString) lines = g_string_new (NULL);
  int step;

  if (!db && !g_file_test (path, G_FILE_TEST_EXISTS) && error && *error)
    (*error)->code = UL_ERROR_NOT_FOUND;
  if (!db || !check_version (db, path, error))
    return NULL;
  g_autoptr (Statement) select = prepare (db, path, "SELECT line FROM profile ORDER BY id", error);
  if (!select)
    return NULL;
  while ((step = sqlite3_step (select)) == SQLITE_ROW && n++ < MAX_PROFILES && lines->len < MAX_BYTES) {
    const char *line = (const char *) sqlite3_column_text (select, 0);
    g_string_append (lines, line ? line : "");
    if (lines->len && lines->str[lines->len - 1] != '\n')
      g_string_append_c (lines, '\n');
  }
  if (step != SQLITE_DONE) {
    fail (error, path, step == SQLITE_ROW ? "too many profiles" : sqlite3_errmsg (db));
    return NULL;
  }
  return g_bytes_new (lines->str, lines->len);
}
