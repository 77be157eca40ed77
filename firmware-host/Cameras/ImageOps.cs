namespace Edge.Cameras;

/// <summary>
/// Operations on pictures (8 bit, three channels, rows top to bottom without padding). Allocate nothing managed; sizes that do not fit the spans,
/// and what OpenCV refuses, are exceptions.
/// </summary>
public static class ImageOps
{
    /// <summary>Scales a picture, each output pixel the mean of the area that it covers. Keeps the order of the channels.</summary>
    public static unsafe void Resize(ReadOnlySpan<byte> source, int widthPx, int heightPx, Span<byte> target, int targetWidthPx, int targetHeightPx)
    {
        RequirePicture(source.Length, widthPx, heightPx, nameof(source));
        RequirePicture(target.Length, targetWidthPx, targetHeightPx, nameof(target));
        fixed (byte* from = source)
        fixed (byte* to = target)
            Check(VisionLibrary.Resize(from, widthPx, heightPx, to, targetWidthPx, targetHeightPx));
    }

    /// <summary>
    /// Scales a BGR picture likewise and writes three planes, red, green and blue, of (value / 255 - mean) / std: the input of a vision network.
    /// </summary>
    public static unsafe void ToPlanes(
        ReadOnlySpan<byte> bgr, int widthPx, int heightPx, Span<float> planes, int targetWidthPx, int targetHeightPx, ReadOnlySpan<float> mean, ReadOnlySpan<float> std)
    {
        RequirePicture(bgr.Length, widthPx, heightPx, nameof(bgr));
        RequirePicture(planes.Length, targetWidthPx, targetHeightPx, nameof(planes));
        ArgumentOutOfRangeException.ThrowIfNotEqual(mean.Length, 3, nameof(mean));
        ArgumentOutOfRangeException.ThrowIfNotEqual(std.Length, 3, nameof(std));
        fixed (byte* from = bgr)
        fixed (float* to = planes, m = mean, s = std)
            Check(VisionLibrary.Planar(from, widthPx, heightPx, to, targetWidthPx, targetHeightPx, m, s));
    }

    /// <summary>
    /// Resamples the square of side <paramref name="sizePx"/> around (u, v) of a BGR picture to n x n pixels, RGB. Pixel i covers i..i+1 of the
    /// coordinates, as in <see cref="CameraModel"/>; beyond the border the nearest pixel goes on.
    /// </summary>
    public static unsafe void Crop(ReadOnlySpan<byte> bgr, int widthPx, int heightPx, double u, double v, double sizePx, Span<byte> rgb, int n)
    {
        RequirePicture(bgr.Length, widthPx, heightPx, nameof(bgr));
        RequirePicture(rgb.Length, n, n, nameof(rgb));
        fixed (byte* from = bgr)
        fixed (byte* to = rgb)
            Check(VisionLibrary.Crop(from, widthPx, heightPx, u, v, sizePx, to, n));
    }

    /// <summary>
    /// Resamples a picture as another view of a plane sees it: (u, v) of the target is what the source has at <paramref name="homography"/> (u, v, 1), rows first, in the
    /// coordinates of <see cref="CameraModel"/>; beyond the border the nearest pixel goes on.
    /// </summary>
    public static unsafe void Warp(ReadOnlySpan<byte> source, int widthPx, int heightPx, ReadOnlySpan<double> homography, Span<byte> target)
    {
        RequirePicture(source.Length, widthPx, heightPx, nameof(source));
        RequirePicture(target.Length, widthPx, heightPx, nameof(target));
        ArgumentOutOfRangeException.ThrowIfNotEqual(homography.Length, 9, nameof(homography));
        fixed (byte* from = source, to = target)
        fixed (double* matrix = homography)
            Check(VisionLibrary.Warp(from, widthPx, heightPx, matrix, to));
    }

    /// <summary>Compresses a BGR picture (quality 1 to 100) and returns the length of the JPEG.</summary>
    public static unsafe int EncodeJpeg(ReadOnlySpan<byte> bgr, int widthPx, int heightPx, int quality, Span<byte> jpeg)
    {
        RequirePicture(bgr.Length, widthPx, heightPx, nameof(bgr));
        fixed (byte* from = bgr, to = jpeg)
            return Check(VisionLibrary.JpegEncode(from, widthPx, heightPx, quality, to, jpeg.Length));
    }

    /// <summary>Decompresses a JPEG of exactly this size into BGR; false where it is none.</summary>
    public static unsafe bool TryDecodeJpeg(ReadOnlySpan<byte> jpeg, Span<byte> bgr, int widthPx, int heightPx)
    {
        RequirePicture(bgr.Length, widthPx, heightPx, nameof(bgr));
        fixed (byte* from = jpeg, to = bgr)
            return VisionLibrary.JpegDecode(from, jpeg.Length, to, widthPx, heightPx) == 0;
    }

    private static void RequirePicture(int length, int widthPx, int heightPx, string name)
    {
        if (widthPx <= 0 || heightPx <= 0 || length != 3L * widthPx * heightPx)
            throw new ArgumentException($"A picture of {widthPx} x {heightPx} pixels has {3L * widthPx * heightPx} values, not {length}.", name);
    }

    private static int Check(int result) => result >= 0 ? result : throw new ArgumentException(VisionLibrary.LastError());
}
