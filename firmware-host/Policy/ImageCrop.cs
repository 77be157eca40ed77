using Edge.Cameras;

namespace Edge.Policy;

/// <summary>Cuts a square out of a picture and resamples it: bilinear, with as many taps a side as the reduction needs; the picture's edge is repeated outside.</summary>
public static class ImageCrop
{
    private const int MaxTaps = 8;

    /// <summary>
    /// Fills <paramref name="rgb"/> (<paramref name="sizePx"/> squared, red green blue, rows top down) with the square of <paramref name="sidePx"/> pixels
    /// around (<paramref name="u"/>, <paramref name="v"/>) of the picture.
    /// </summary>
    public static void Resample(CameraFrame frame, double u, double v, double sidePx, int sizePx, Span<byte> rgb)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var scale = sidePx / sizePx;
        var taps = Math.Clamp((int)Math.Round(scale), 1, MaxTaps);
        var tapStep = scale / taps;
        // Pixel centres lie at half-integers; -0.5 turns a coordinate into an index.
        var left = u - (sidePx / 2) + (tapStep / 2) - 0.5;
        var top = v - (sidePx / 2) + (tapStep / 2) - 0.5;
        var norm = 1f / (taps * taps);
        for (var row = 0; row < sizePx; row++)
        {
            for (var column = 0; column < sizePx; column++)
            {
                float blue = 0, green = 0, red = 0;
                for (var i = 0; i < taps; i++)
                {
                    for (var j = 0; j < taps; j++)
                        Sample(frame, left + (column * scale) + (j * tapStep), top + (row * scale) + (i * tapStep), ref blue, ref green, ref red);
                }

                var at = ((row * sizePx) + column) * 3;
                rgb[at] = (byte)((red * norm) + 0.5f);
                rgb[at + 1] = (byte)((green * norm) + 0.5f);
                rgb[at + 2] = (byte)((blue * norm) + 0.5f);
            }
        }
    }

    private static void Sample(CameraFrame frame, double x, double y, ref float blue, ref float green, ref float red)
    {
        x = Math.Clamp(x, 0, frame.WidthPx - 1);
        y = Math.Clamp(y, 0, frame.HeightPx - 1);
        int x0 = (int)x, y0 = (int)y;
        int x1 = Math.Min(x0 + 1, frame.WidthPx - 1), y1 = Math.Min(y0 + 1, frame.HeightPx - 1);
        float fx = (float)(x - x0), fy = (float)(y - y0);
        float w00 = (1 - fx) * (1 - fy), w01 = fx * (1 - fy), w10 = (1 - fx) * fy, w11 = fx * fy;
        var bgr = frame.Bgr;
        int a = ((y0 * frame.WidthPx) + x0) * 3, b = ((y0 * frame.WidthPx) + x1) * 3;
        int c = ((y1 * frame.WidthPx) + x0) * 3, d = ((y1 * frame.WidthPx) + x1) * 3;
        blue += (w00 * bgr[a]) + (w01 * bgr[b]) + (w10 * bgr[c]) + (w11 * bgr[d]);
        green += (w00 * bgr[a + 1]) + (w01 * bgr[b + 1]) + (w10 * bgr[c + 1]) + (w11 * bgr[d + 1]);
        red += (w00 * bgr[a + 2]) + (w01 * bgr[b + 2]) + (w10 * bgr[c + 2]) + (w11 * bgr[d + 2]);
    }
}
