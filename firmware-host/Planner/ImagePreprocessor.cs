using Edge.Cameras;
using Edge.Inference;

namespace Edge.Planner;

/// <summary>
/// A camera picture as the vision encoder wants it: stretched to the model's square, red green blue planes, scaled and normalised as
/// <c>preprocessor_config.json</c> says. One frame a picture: tiles (image splitting) cost thirteen times as much and are not supported.
/// </summary>
public sealed class ImagePreprocessor
{
    private const int Channels = 3;

    private readonly float[] _levels = new float[Channels * 256]; // value of each byte in each plane
    private readonly byte[] _square;

    private ImagePreprocessor(JsonField root)
    {
        // Left out, splitting would be on.
        if (!root.TryGet("do_image_splitting", out var splitting) || splitting.AsBool())
            throw new ModelException($"{root.Path} do_image_splitting: found true or nothing, allowed false");
        SizePx = root["max_image_size"]["longest_edge"].AsInt(8, 2048);
        _square = new byte[Channels * SizePx * SizePx];
        var rescale = !root.TryGet("do_rescale", out var doRescale) || doRescale.AsBool();
        var factor = root.TryGet("rescale_factor", out var rescaleFactor) ? rescaleFactor.AsDouble(0, 1e6) : 1 / 255.0;
        var normalise = root.TryGet("do_normalize", out var doNormalize) && doNormalize.AsBool(); // left out, it is off
        for (var channel = 0; channel < Channels; channel++)
        {
            var mean = normalise ? (float)Of("image_mean", channel).AsDouble(-1e6, 1e6) : 0;
            var std = normalise ? (float)Of("image_std", channel).AsDouble(1e-6, 1e6) : 1;
            for (var value = 0; value < 256; value++)
            {
                // Each step rounds to single precision, as in the reference.
                var scaled = rescale ? (float)(value * factor) : value;
                _levels[(channel * 256) + value] = (scaled - mean) / std;
            }
        }

        JsonField Of(string name, int channel) => root[name].Items(Channels) is { Length: Channels } items ? items[channel] : throw root[name].Wrong("three numbers");
    }

    /// <summary>Side of the square, pixels.</summary>
    public int SizePx { get; }

    /// <summary>Reads preprocessor_config.json.</summary>
    public static ImagePreprocessor Load(string path) => new(JsonField.ReadFile(path, 1 << 20));

    /// <summary>Fills <c>3 x SizePx x SizePx</c> values. Allocates nothing; not thread-safe.</summary>
    public void Write(CameraFrame frame, Span<float> pixels)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, Channels * SizePx * SizePx, nameof(pixels));
        // The same resampling as the training data's; OpenCV copies a picture that has the size already.
        ImageOps.Resize(frame.Bgr, frame.WidthPx, frame.HeightPx, _square, SizePx, SizePx);
        var area = SizePx * SizePx;
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = pixels.Slice(channel * area, area);
            var levels = _levels.AsSpan(channel * 256, 256);
            var offset = Channels - 1 - channel; // the frame is blue green red
            for (var i = 0; i < area; i++)
                plane[i] = levels[_square[(i * Channels) + offset]];
        }
    }
}
