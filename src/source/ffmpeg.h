/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FFmpeg, loaded when a recording first asks for it: its hundred libraries would be two thirds of
 * the time that every command takes to start.
 */
#pragma once

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/motion_vector.h>
#include <libavutil/video_enc_params.h>

/* F (library, function) */
#define UL_FFMPEG_FUNCTIONS(F) \
  F (avformat, av_find_input_format) \
  F (avformat, av_probe_input_format3) \
  F (avformat, av_read_frame) \
  F (avformat, avformat_alloc_context) \
  F (avformat, avformat_close_input) \
  F (avformat, avformat_free_context) \
  F (avformat, avformat_open_input) \
  F (avformat, avio_alloc_context) \
  F (avformat, avio_context_free) \
  F (avcodec, av_new_packet) \
  F (avcodec, av_packet_alloc) \
  F (avcodec, av_packet_free) \
  F (avcodec, av_packet_get_side_data) \
  F (avcodec, av_packet_unref) \
  F (avcodec, av_parser_close) \
  F (avcodec, av_parser_init) \
  F (avcodec, av_parser_parse2) \
  F (avcodec, avcodec_alloc_context3) \
  F (avcodec, avcodec_default_get_buffer2) \
  F (avcodec, avcodec_find_decoder) \
  F (avcodec, avcodec_free_context) \
  F (avcodec, avcodec_get_name) \
  F (avcodec, avcodec_open2) \
  F (avcodec, avcodec_receive_frame) \
  F (avcodec, avcodec_send_packet) \
  F (avutil, av_dict_get) \
  F (avutil, av_frame_alloc) \
  F (avutil, av_frame_free) \
  F (avutil, av_frame_get_side_data) \
  F (avutil, av_frame_unref) \
  F (avutil, av_free) \
  F (avutil, av_freep) \
  F (avutil, av_log_set_level) \
  F (avutil, av_malloc) \
  F (avutil, av_max_alloc) \
  F (avutil, av_rescale_q) \
  F (avutil, av_strdup) \
  F (avutil, av_strerror)

typedef struct {
#define UL_FFMPEG_MEMBER(library, function) __typeof__ (&(function)) function;
  UL_FFMPEG_FUNCTIONS (UL_FFMPEG_MEMBER)
#undef UL_FFMPEG_MEMBER
} UlFfmpeg;

/* NULL if it is not installed, in the version that this was built with. */
const UlFfmpeg *ul_ffmpeg (void);

/* AV (av_free) (p): a function of it; ul_ffmpeg() must have given it before. */
#define AV(function) (ul_ffmpeg ()->function)
