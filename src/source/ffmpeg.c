/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/ffmpeg.h"

#include <dlfcn.h>

/* "libavformat.so.59": the version whose structures the headers describe. */
#define SONAME(library, version) "lib" #library ".so." G_STRINGIFY (version)

typedef struct {
  UlFfmpeg functions;
  gboolean complete;
} Loaded;

static void *
open_library (const char *soname)
{
  return dlopen (soname, RTLD_NOW | RTLD_LOCAL);
}

static gpointer
load (gpointer unused)
{
  Loaded *self = g_new0 (Loaded, 1);
  void *avutil = open_library (SONAME (avutil, LIBAVUTIL_VERSION_MAJOR)), *avcodec = open_library (SONAME (avcodec, LIBAVCODEC_VERSION_MAJOR)),
       *avformat = open_library (SONAME (avformat, LIBAVFORMAT_VERSION_MAJOR));

  self->complete = avutil && avcodec && avformat;
#define LOAD(library, function) \
  *(void **) &self->functions.function = self->complete ? dlsym (library, #function) : NULL; \
  self->complete &= self->functions.function != NULL;
  UL_FFMPEG_FUNCTIONS (LOAD)
#undef LOAD
  return self;
}

const UlFfmpeg *
ul_ffmpeg (void)
{
  static GOnce once = G_ONCE_INIT;
  const Loaded *loaded = g_once (&once, load, NULL);

  return loaded->complete ? &loaded->functions : NULL;
}
