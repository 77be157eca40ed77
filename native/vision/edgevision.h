/* C face of OpenCV for the cameras: capture, resampling, JPEG.
 *
 * Pictures are 8 bit, three channels, rows top to bottom without padding. Pixel (i, j) covers the square from (i, j) to (i + 1, j + 1) of the
 * continuous coordinates u (right) and v (down). Functions return 0 or a count for success and a negative number for failure; edgevision_error()
 * then says why. No exception leaves them. Buffers are the caller's; scratch memory is kept per thread and grows once.
 * A capture belongs to one thread at a time; the functions on pictures may run on any. */
#ifndef EDGEVISION_H
#define EDGEVISION_H

#include <stdint.h>

#define EDGEVISION_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edgevision_capture edgevision_capture;

enum { EDGEVISION_FAILED = -1, EDGEVISION_TOO_SMALL = -2 };

/* Why the last failing call on this thread failed; UTF-8, valid until the thread's next call. */
EDGEVISION_API const char *edgevision_error(void);

/* Opens a source: "gst:" and a GStreamer pipeline, "/dev/video..." (V4L2), a URL or a file (FFmpeg). Live sources are asked for width x height.
 * The time-outs hold for FFmpeg: opening, and waiting for one frame. Null: failure. */
EDGEVISION_API edgevision_capture *edgevision_open(const char *source, int width, int height, int open_timeout_ms, int read_timeout_ms);

EDGEVISION_API void edgevision_close(edgevision_capture *capture);

/* Waits for the next frame and writes it as BGR, width x height. A frame of another size is scaled when its shape is the same (a scaled pinhole
 * keeps its field of view) and refused when not. Failure also means: the source has ended or is lost. */
EDGEVISION_API int edgevision_read(edgevision_capture *capture, uint8_t *bgr, int width, int height);

/* Frames a second that the source claims; 0 where it does not say. */
EDGEVISION_API double edgevision_rate_hz(edgevision_capture *capture);

/* Scales a picture, each output pixel the mean of the area that it covers. Keeps the order of the channels. */
EDGEVISION_API int edgevision_resize(const uint8_t *source, int width, int height, uint8_t *target, int target_width, int target_height);

/* Scales a BGR picture likewise to target_width x target_height and writes planes R, G, B of (value / 255 - mean[c]) / std[c]. */
EDGEVISION_API int edgevision_planar(const uint8_t *bgr, int width, int height, float *planes, int target_width, int target_height,
                                     const float mean[3], const float std[3]);

/* Resamples the square of side size_px around (u, v) of a BGR picture to n x n pixels, RGB; beyond the border the nearest pixel goes on. */
EDGEVISION_API int edgevision_crop(const uint8_t *bgr, int width, int height, double u, double v, double size_px, uint8_t *rgb, int n);

/* Resamples a picture as another view of a plane sees it: pixel (u, v) of the target is what the source has at (u', v') ~ homography * (u, v, 1),
 * rows first; beyond the border the nearest pixel goes on. */
EDGEVISION_API int edgevision_warp(const uint8_t *source, int width, int height, const double homography[9], uint8_t *target);

/* Compresses a BGR picture; returns the bytes written, EDGEVISION_TOO_SMALL where they do not fit. Quality is 1 to 100. */
EDGEVISION_API int edgevision_jpeg_encode(const uint8_t *bgr, int width, int height, int quality, uint8_t *jpeg, int capacity);

/* Decompresses into BGR of exactly width x height; any other size is a failure. */
EDGEVISION_API int edgevision_jpeg_decode(const uint8_t *jpeg, int length, uint8_t *bgr, int width, int height);

#ifdef __cplusplus
}
#endif
#endif
