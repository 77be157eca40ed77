using Edge.Cameras;
using Xunit;

namespace Edge.Tests.Cameras;

/// <summary>Picture operations through the native library, against sums done here.</summary>
public sealed class ImageOpsTests
{
    private const int W = 48, H = 32;
    private static readonly byte[] Picture = [.. Enumerable.Range(0, W * H).SelectMany(static i => new[] { (byte)(5 * (i % W)), (byte)(7 * (i / W)), (byte)(i % 251) })];

    [Fact]
    public void Scaling_down_averages_the_area()
    {
        var half = new byte[W / 2 * (H / 2) * 3];
        ImageOps.Resize(Picture, W, H, half, W / 2, H / 2);
        for (var y = 0; y < H / 2; y++)
        {
            for (var x = 0; x < W / 2; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var mean = (At(2 * x, 2 * y, c) + At((2 * x) + 1, 2 * y, c) + At(2 * x, (2 * y) + 1, c) + At((2 * x) + 1, (2 * y) + 1, c)) / 4.0;
                    Assert.InRange(half[(((y * W / 2) + x) * 3) + c] - mean, -0.51, 0.51);
                }
            }
        }
    }

    [Fact]
    public void Planes_are_red_green_blue_and_normalised()
    {
        var planes = new float[W * H * 3];
        float[] mean = [0.1f, 0.2f, 0.3f], std = [0.5f, 0.6f, 0.7f];
        ImageOps.ToPlanes(Picture, W, H, planes, W, H, mean, std);
        for (var c = 0; c < 3; c++)
            Assert.Equal(((At(7, 9, 2 - c) / 255f) - mean[c]) / std[c], planes[(c * W * H) + (9 * W) + 7], 1e-5f);
    }

    [Fact]
    public void A_crop_of_the_same_scale_is_the_pixels_themselves_with_the_border_going_on()
    {
        var patch = new byte[8 * 8 * 3];
        ImageOps.Crop(Picture, W, H, 2, 30, 8, patch, 8);
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 8; x++)
            {
                for (var c = 0; c < 3; c++)
                    Assert.Equal(At(Math.Max(0, x - 2), Math.Min(H - 1, y + 26), 2 - c), patch[(((y * 8) + x) * 3) + c]);
            }
        }
    }

    [Fact]
    public void Jpeg_there_and_back_keeps_a_smooth_picture()
    {
        var smooth = new byte[W * H * 3];
        for (var i = 0; i < smooth.Length; i++)
            smooth[i] = (byte)(60 + (2 * (i / 3 % W)) + (2 * (i / 3 / W)));
        var jpeg = new byte[10_000];
        var length = ImageOps.EncodeJpeg(smooth, W, H, 95, jpeg);
        var back = new byte[smooth.Length];
        Assert.True(ImageOps.TryDecodeJpeg(jpeg.AsSpan(0, length), back, W, H));
        for (var i = 0; i < back.Length; i++)
            Assert.InRange(back[i] - smooth[i], -4, 4);
    }

    [Fact]
    public void What_is_no_jpeg_of_the_size_is_refused()
    {
        var jpeg = new byte[20_000];
        var length = ImageOps.EncodeJpeg(Picture, W, H, 90, jpeg);
        Assert.False(ImageOps.TryDecodeJpeg(jpeg.AsSpan(0, length), new byte[3 * W * (H - 1)], W, H - 1));
        Assert.False(ImageOps.TryDecodeJpeg("not a picture"u8, new byte[3 * W * H], W, H));
        Assert.False(ImageOps.TryDecodeJpeg([], new byte[3 * W * H], W, H));
        var random = new Random(7);
        for (var trial = 0; trial < 40; trial++)
        {
            var broken = jpeg.AsSpan(0, random.Next(length)).ToArray();
            if (broken.Length > 0)
                broken[random.Next(broken.Length)] ^= (byte)random.Next(256);
            ImageOps.TryDecodeJpeg(broken, new byte[3 * W * H], W, H);
        }
    }

    [Fact]
    public void Spans_that_do_not_fit_are_exceptions()
    {
        Assert.Throws<ArgumentException>(() => ImageOps.Resize(Picture, W, H + 1, new byte[3], 1, 1));
        Assert.Throws<ArgumentException>(() => ImageOps.Crop(Picture, W, H, 0, 0, 8, new byte[8 * 8], 8));
        Assert.Throws<ArgumentException>(() => ImageOps.Crop(Picture, W, H, double.NaN, 0, 8, new byte[8 * 8 * 3], 8));
        Assert.Throws<ArgumentException>(() => ImageOps.EncodeJpeg(Picture, W, H, 90, new byte[10]));
    }

    [Fact]
    public void Nothing_managed_is_allocated()
    {
        var patch = new byte[8 * 8 * 3];
        ImageOps.Crop(Picture, W, H, 20, 20, 8, patch, 8);
        Assert.Equal(0, Allocations.Of(() => ImageOps.Crop(Picture, W, H, 20, 20, 8, patch, 8)));
    }

    private static int At(int x, int y, int channel) => Picture[(((y * W) + x) * 3) + channel];
}
