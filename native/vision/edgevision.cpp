#include "edgevision.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

struct edgevision_capture {
    cv::VideoCapture video;
    cv::Mat frame; // of another size than asked for
};

namespace {

// Far above any camera; keeps products of sizes inside an int.
constexpr int kLargestSidePx = 16384;

thread_local char last_error[512];

int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

int fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
    return EDGEVISION_FAILED;
}

// Runs the body of an entry point; whatever it throws becomes an error text.
template <typename Body> auto guarded(Body body) -> decltype(body())
{
    try {
        return body();
    } catch (const std::exception &e) {
        fail("OpenCV: %s", e.what());
    } catch (...) {
        fail("OpenCV threw something unknown");
    }
    if constexpr (std::is_pointer_v<decltype(body())>)
        return nullptr;
    else
        return EDGEVISION_FAILED;
}

bool is_picture(const void *pixels, int width, int height)
{
    if (pixels && width > 0 && height > 0 && width <= kLargestSidePx && height <= kLargestSidePx)
        return true;
    fail("a picture of %d x %d pixels at %p: needed are 1 to %d each way", width, height, pixels, kLargestSidePx);
    return false;
}

cv::Mat view(const uint8_t *pixels, int width, int height)
{
    return cv::Mat(height, width, CV_8UC3, const_cast<uint8_t *>(pixels));
}

void scale(const cv::Mat &source, cv::Mat &target)
{
    if (source.size() == target.size())
        source.copyTo(target);
    else
        cv::resize(source, target, target.size(), 0, 0, cv::INTER_AREA);
}

bool starts_with(const char *text, const char *prefix)
{
    return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// The loop's cores are not OpenCV's to use, and its worker threads would inherit the caller's scheduling. Nothing is printed: what goes wrong is
// in edgevision_error (-8 is AV_LOG_QUIET).
const bool configured = [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
    return true;
}();

} // namespace

extern "C" {

const char *edgevision_error(void)
{
    return last_error;
}

edgevision_capture *edgevision_open(const char *source, int width, int height, int open_timeout_ms, int read_timeout_ms)
{
    return guarded([&]() -> edgevision_capture * {
        if (!source || !*source) {
            fail("no source is named");
            return nullptr;
        }
        auto capture = std::make_unique<edgevision_capture>();
        if (starts_with(source, "gst:")) {
            capture->video.open(source + 4, cv::CAP_GSTREAMER);
        } else if (starts_with(source, "/dev/video")) {
            capture->video.open(source, cv::CAP_V4L2, {cv::CAP_PROP_FRAME_WIDTH, width, cv::CAP_PROP_FRAME_HEIGHT, height});
        } else {
            capture->video.open(source, cv::CAP_FFMPEG,
                                {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, open_timeout_ms, cv::CAP_PROP_READ_TIMEOUT_MSEC, read_timeout_ms});
        }
        if (!capture->video.isOpened()) {
            fail("cannot open %s", source);
            return nullptr;
        }
        return capture.release();
    });
}

void edgevision_close(edgevision_capture *capture)
{
    guarded([&] {
        delete capture;
        return 0;
    });
}

int edgevision_read(edgevision_capture *capture, uint8_t *bgr, int width, int height)
{
    return guarded([&] {
        if (!capture)
            return fail("the capture is not open");
        if (!is_picture(bgr, width, height))
            return (int)EDGEVISION_FAILED;
        cv::Mat target = view(bgr, width, height);
        cv::Mat frame = target; // decoded straight into the caller's buffer where the size fits
        if (!capture->video.read(frame) || frame.empty())
            return fail("the source has ended, is lost or was silent for too long");
        if (frame.type() != CV_8UC3)
            return fail("the source's pixels have type %d; needed are 8-bit BGR", frame.type());
        if (frame.data == target.data)
            return 0;
        capture->frame = frame;
        if ((int64_t)frame.cols * height != (int64_t)frame.rows * width)
            return fail("the source sends %d x %d pixels, and %d x %d has another shape", frame.cols, frame.rows, width, height);
        scale(frame, target);
        return 0;
    });
}

double edgevision_rate_hz(edgevision_capture *capture)
{
    return guarded([&] {
        const double rate = capture ? capture->video.get(cv::CAP_PROP_FPS) : 0;
        return std::isfinite(rate) && rate > 0 ? rate : 0.0;
    });
}

int edgevision_resize(const uint8_t *source, int width, int height, uint8_t *target, int target_width, int target_height)
{
    return guarded([&] {
        if (!is_picture(source, width, height) || !is_picture(target, target_width, target_height))
            return (int)EDGEVISION_FAILED;
        cv::Mat out = view(target, target_width, target_height);
        scale(view(source, width, height), out);
        return 0;
    });
}

int edgevision_planar(const uint8_t *bgr, int width, int height, float *planes, int target_width, int target_height, const float mean[3],
                      const float std[3])
{
    return guarded([&] {
        if (!is_picture(bgr, width, height) || !is_picture(planes, target_width, target_height))
            return (int)EDGEVISION_FAILED;
        float gain[3], offset[3];
        for (int c = 0; c < 3; c++) {
            if (!(std[c] > 0))
                return fail("std[%d] is %g; it must be positive", c, std[c]);
            gain[c] = 1 / (255 * std[c]);
            offset[c] = -mean[c] / std[c];
        }
        static thread_local cv::Mat scaled;
        scaled.create(target_height, target_width, CV_8UC3);
        scale(view(bgr, width, height), scaled);
        const int area = target_width * target_height;
        const uint8_t *pixel = scaled.data;
        float *r = planes, *g = planes + area, *b = planes + 2 * area;
        for (int i = 0; i < area; i++, pixel += 3) {
            r[i] = pixel[2] * gain[0] + offset[0];
            g[i] = pixel[1] * gain[1] + offset[1];
            b[i] = pixel[0] * gain[2] + offset[2];
        }
        return 0;
    });
}

int edgevision_crop(const uint8_t *bgr, int width, int height, double u, double v, double size_px, uint8_t *rgb, int n)
{
    return guarded([&] {
        if (!is_picture(bgr, width, height) || !is_picture(rgb, n, n))
            return (int)EDGEVISION_FAILED;
        if (!(std::fabs(u) < 1e6 && std::fabs(v) < 1e6 && size_px >= 1e-3 && size_px < kLargestSidePx))
            return fail("a patch of %g pixels around (%g, %g)", size_px, u, v);

        // Bilinear samples no farther apart than a pixel, then their mean over each target pixel.
        const int samples = std::max(1, (int)std::ceil(size_px / n));
        if (n * samples > kLargestSidePx)
            return fail("a patch of %g pixels resampled to %d: too large", size_px, n);
        const double step = size_px / ((double)n * samples);
        const cv::Matx23d to_source(step, 0, u - size_px / 2 + step / 2 - 0.5, 0, step, v - size_px / 2 + step / 2 - 0.5);
        static thread_local cv::Mat dense, small;
        cv::warpAffine(view(bgr, width, height), dense, to_source, cv::Size(n * samples, n * samples), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                       cv::BORDER_REPLICATE);
        small.create(n, n, CV_8UC3);
        scale(dense, small);
        cv::Mat target = view(rgb, n, n);
        cv::cvtColor(small, target, cv::COLOR_BGR2RGB);
        return 0;
    });
}

int edgevision_warp(const uint8_t *source, int width, int height, const double homography[9], uint8_t *target)
{
    return guarded([&] {
        if (!is_picture(source, width, height) || !is_picture(target, width, height))
            return (int)EDGEVISION_FAILED;
        for (int i = 0; i < 9; i++)
            if (!std::isfinite(homography[i]))
                return fail("homography[%d] is %g", i, homography[i]);
        // OpenCV counts from the middle of the first pixel.
        const cv::Matx33d to_corner(1, 0, 0.5, 0, 1, 0.5, 0, 0, 1), to_middle(1, 0, -0.5, 0, 1, -0.5, 0, 0, 1);
        cv::Mat out = view(target, width, height);
        cv::warpPerspective(view(source, width, height), out, to_middle * cv::Matx33d(homography) * to_corner, out.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                            cv::BORDER_REPLICATE);
        return 0;
    });
}

int edgevision_jpeg_encode(const uint8_t *bgr, int width, int height, int quality, uint8_t *jpeg, int capacity)
{
    return guarded([&] {
        if (!is_picture(bgr, width, height))
            return (int)EDGEVISION_FAILED;
        static thread_local std::vector<uint8_t> bytes;
        static thread_local std::vector<int> options(2);
        options[0] = cv::IMWRITE_JPEG_QUALITY;
        options[1] = std::clamp(quality, 1, 100);
        if (!cv::imencode(".jpg", view(bgr, width, height), bytes, options))
            return fail("the picture cannot be compressed");
        if (!jpeg || bytes.size() > (size_t)std::max(capacity, 0)) {
            fail("the JPEG has %zu bytes, the buffer %d", bytes.size(), capacity);
            return (int)EDGEVISION_TOO_SMALL;
        }
        std::memcpy(jpeg, bytes.data(), bytes.size());
        return (int)bytes.size();
    });
}

int edgevision_jpeg_decode(const uint8_t *jpeg, int length, uint8_t *bgr, int width, int height)
{
    return guarded([&] {
        if (!is_picture(bgr, width, height))
            return (int)EDGEVISION_FAILED;
        if (!jpeg || length <= 0)
            return fail("a JPEG of %d bytes", length);
        // Not into the caller's buffer: with a target given, imdecode does not tell a failure from a success.
        const cv::Mat decoded = cv::imdecode(cv::Mat(1, length, CV_8UC1, const_cast<uint8_t *>(jpeg)), cv::IMREAD_COLOR);
        if (decoded.empty())
            return fail("%d bytes that are no picture", length);
        if (decoded.cols != width || decoded.rows != height)
            return fail("the picture has %d x %d pixels, the buffer %d x %d", decoded.cols, decoded.rows, width, height);
        cv::Mat target = view(bgr, width, height);
        decoded.copyTo(target);
        return 0;
    });
}

} // extern "C"
