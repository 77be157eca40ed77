/* Resampling and JPEG against values worked out by hand. Capture is tested from C#, against FFmpeg as server. */
#include "edgevision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            fprintf(stderr, "%s:%d: %s does not hold; error: %s\n", __FILE__, __LINE__, #condition, edgevision_error()); \
            exit(1);                                                                                                  \
        }                                                                                                             \
    } while (0)

enum { W = 64, H = 48 };

static uint8_t picture[W * H * 3];

/* Blue grows to the right, green downwards, red is constant: a plane, so bilinear sampling is exact inside. */
static void draw(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t *p = picture + 3 * (y * W + x);
            p[0] = (uint8_t)(4 * x);
            p[1] = (uint8_t)(5 * y);
            p[2] = 200;
        }
}

static void test_resize(void)
{
    uint8_t small[16 * 12 * 3];
    CHECK(edgevision_resize(picture, W, H, small, 16, 12) == 0);
    for (int y = 0; y < 12; y++)
        for (int x = 0; x < 16; x++) {
            const uint8_t *p = small + 3 * (y * 16 + x);
            CHECK(abs(p[0] - 4 * (4 * x) - 6) <= 1); /* mean of 4 columns */
            CHECK(abs(p[1] - 5 * (4 * y) - 7) <= 1);
            CHECK(p[2] == 200);
        }
}

static void test_planar(void)
{
    const float mean[3] = {0.5f, 0.25f, 0}, std[3] = {0.5f, 1, 2};
    static float planes[3 * W * H];
    CHECK(edgevision_planar(picture, W, H, planes, W, H, mean, std) == 0);
    for (int i = 0; i < W * H; i++)
        for (int c = 0; c < 3; c++)
            CHECK(fabsf(planes[c * W * H + i] - (picture[3 * i + 2 - c] / 255.0f - mean[c]) / std[c]) < 1e-6f);
    const float zero[3] = {0, 1, 1};
    CHECK(edgevision_planar(picture, W, H, planes, W, H, mean, zero) < 0);
    CHECK(strstr(edgevision_error(), "std[0]"));
}

static void test_crop(void)
{
    uint8_t patch[16 * 16 * 3];

    /* Same scale: the pixels themselves, as RGB. */
    CHECK(edgevision_crop(picture, W, H, 30, 20, 16, patch, 16) == 0);
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++) {
            const uint8_t *p = patch + 3 * (y * 16 + x), *q = picture + 3 * ((y + 12) * W + x + 22);
            CHECK(p[0] == q[2] && p[1] == q[1] && p[2] == q[0]);
        }

    /* Half and double scale, off the grid: the plane at the centres of the patch's pixels. */
    for (double size = 8; size <= 32; size *= 4) {
        CHECK(edgevision_crop(picture, W, H, 30.3, 21.6, size, patch, 16) == 0);
        for (int y = 0; y < 16; y++)
            for (int x = 0; x < 16; x++) {
                const uint8_t *p = patch + 3 * (y * 16 + x);
                CHECK(fabs(p[2] - 4 * (30.3 - size / 2 + (x + 0.5) * size / 16 - 0.5)) <= 1.01);
                CHECK(fabs(p[1] - 5 * (21.6 - size / 2 + (y + 0.5) * size / 16 - 0.5)) <= 1.01);
            }
    }

    /* Beyond the border the nearest pixel goes on. */
    CHECK(edgevision_crop(picture, W, H, -100, -100, 16, patch, 16) == 0);
    for (int i = 0; i < 16 * 16; i++)
        CHECK(patch[3 * i] == 200 && patch[3 * i + 1] == 0 && patch[3 * i + 2] == 0);
    CHECK(edgevision_crop(picture, W, H, NAN, 0, 16, patch, 16) < 0);
    CHECK(edgevision_crop(picture, W, H, 0, 0, 0, patch, 16) < 0);
}

static void test_jpeg(void)
{
    static uint8_t jpeg[W * H * 3], back[W * H * 3];
    int length = edgevision_jpeg_encode(picture, W, H, 95, jpeg, sizeof jpeg);
    CHECK(length > 100 && jpeg[0] == 0xFF && jpeg[1] == 0xD8);
    CHECK(edgevision_jpeg_decode(jpeg, length, back, W, H) == 0);
    for (int i = 0; i < W * H * 3; i++)
        CHECK(abs(back[i] - picture[i]) <= 12);
    CHECK(edgevision_jpeg_encode(picture, W, H, 95, jpeg, 50) == EDGEVISION_TOO_SMALL);
    length = edgevision_jpeg_encode(picture, W, H, 95, jpeg, sizeof jpeg);
    CHECK(edgevision_jpeg_decode(jpeg, length, back, W, H - 1) < 0);
    CHECK(strstr(edgevision_error(), "64 x 48"));
    CHECK(edgevision_jpeg_decode((const uint8_t *)"nonsense", 8, back, W, H) < 0);
    CHECK(edgevision_jpeg_decode(jpeg, 0, back, W, H) < 0);
}

static void test_refusals(void)
{
    uint8_t pixel[3];
    CHECK(!edgevision_open("", 1, 1, 100, 100));
    CHECK(!edgevision_open("/nonexistent/file.avi", 1, 1, 100, 100));
    CHECK(strstr(edgevision_error(), "/nonexistent/file.avi"));
    CHECK(edgevision_read(NULL, pixel, 1, 1) < 0);
    CHECK(edgevision_resize(picture, 0, H, pixel, 1, 1) < 0);
    CHECK(edgevision_resize(NULL, W, H, pixel, 1, 1) < 0);
    edgevision_close(NULL);
}

int main(void)
{
    draw();
    test_resize();
    test_planar();
    test_crop();
    test_jpeg();
    test_refusals();
    puts("edgevision: all checks passed");
    return 0;
}
