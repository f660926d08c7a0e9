/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/ahead.h"

#include "source/rtsp_url.h"

#define AHEAD_PER_JOB 4

typedef struct {
  guint index;
  const char *input; /* borrowed */
  UlSourceResult *result;
  GError *error;
  gboolean done;
} Job;

struct _UlAhead {
  const UlSourceOptions *options;
  GThreadPool *pool;
  GPtrArray *jobs; /* Job */
  guint n_ahead;   /* jobs that may be begun before the next one is taken */
  GMutex mutex;
  GCond cond;
  guint taken;     /* under the mutex, like `done` of a job */
};

static void
job_free (gpointer data)
{
  Job *job = data;

  ul_source_result_free (job->result);
  g_clear_error (&job->error);
  g_free (job);
}

/* Jobs are begun in their order, so the one that is waited for is never held up. */
static void
run_job (gpointer data, gpointer user_data)
{
  UlAhead *self = user_data;
  Job *job = data;

  g_mutex_lock (&self->mutex);
  while (job->index >= self->taken + self->n_ahead)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  job->result = ul_source_read (job->input, self->options, &job->error);
  g_mutex_lock (&self->mutex);
  job->done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

UlAhead *
ul_ahead_new (const char *const *inputs, const UlSourceOptions *options, guint jobs)
{
  UlAhead *self = g_new0 (UlAhead, 1);

  self->options = options;
  self->n_ahead = jobs * AHEAD_PER_JOB;
  self->jobs = g_ptr_array_new_with_free_func (job_free);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  for (; *inputs; inputs++)
    if (ul_rtsp_url_is (*inputs)) {
      Job *job = g_new0 (Job, 1);

      *job = (Job){ .index = self->jobs->len, .input = *inputs };
      g_ptr_array_add (self->jobs, job);
    }
  self->pool = g_thread_pool_new (run_job, self, (gint) jobs, FALSE, NULL);
  for (guint i = 0; i < self->jobs->len; i++)
    g_thread_pool_push (self->pool, g_ptr_array_index (self->jobs, i), NULL);
  return self;
}

void
ul_ahead_free (UlAhead *self)
{
  if (!self)
    return;
  g_mutex_lock (&self->mutex);
  self->taken = self->jobs->len;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  g_ptr_array_unref (self->jobs);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}

UlSourceResult *
ul_ahead_take (UlAhead *self, GError **error)
{
  Job *job;

  g_mutex_lock (&self->mutex);
  job = g_ptr_array_index (self->jobs, self->taken);
  while (!job->done)
    g_cond_wait (&self->cond, &self->mutex);
  self->taken++;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (job->error)
    g_propagate_error (error, g_steal_pointer (&job->error));
  return g_steal_pointer (&job->result);
}
