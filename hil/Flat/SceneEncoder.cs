using Edge.Cameras;
using Edge.Policy;

namespace Edge.Hil.Flat;

/// <summary>
/// From observations and a sentence to the flat policy's inputs: it is told no target, so it sees the whole picture. The same code makes its training data and runs it.
/// </summary>
/// <remarks>
/// State: <see cref="StateFeatures"/> values an observation, oldest first: what <see cref="ObservationEncoder.EncodeBody"/> writes, "since the start" being that of the task.
/// Not thread-safe; allocates nothing after construction, save for sentences.
/// </remarks>
public sealed class SceneEncoder
{
    /// <summary>Version of everything below; a package made for another one is refused.</summary>
    public const string Version = "scene96-body12-words-1";

    /// <summary>Values an observation contributes to the state.</summary>
    public const int StateFeatures = ObservationEncoder.BodyFeatures;

    /// <summary>
    /// Width and height of the image, pixels; the picture is stretched to the square. A thing of 5 cm is 7 pixels wide then, enough to tell a cube from a cylinder, and the
    /// network computes on four times as many pixels as for a call's target: a larger picture would make the baseline cost more than what it is measured against.
    /// </summary>
    public const int ImageSizePx = 96;

    /// <summary>Channels of the image: red, green, blue.</summary>
    public const int ImageChannels = 3;

    /// <summary>Words of the longest sentence.</summary>
    public const int MaxWords = 40;

    private const int Plane = ImageSizePx * ImageSizePx;
    private readonly byte[] _rgb = new byte[Plane * ImageChannels];

    /// <summary>A sentence as its words: lower case, nothing but letters and digits.</summary>
    /// <exception cref="ArgumentException">It has more than <see cref="MaxWords"/>.</exception>
    public static string[] Words(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        var letters = string.Create(sentence.Length, sentence, (text, from) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = char.IsAsciiLetterOrDigit(from[i]) ? char.ToLowerInvariant(from[i]) : ' ';
        });
        var words = letters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length <= MaxWords ? words : throw new ArgumentException($"found a sentence of {words.Length} words, allowed {MaxWords}: {sentence}", nameof(sentence));
    }

    /// <summary>Writes the state of all observations, <see cref="StateFeatures"/> values each.</summary>
    public static void EncodeState(ReadOnlySpan<Observation> history, Span<float> state)
    {
        for (var i = 0; i < history.Length; i++)
            ObservationEncoder.EncodeBody(history[i], state.Slice(i * StateFeatures, StateFeatures));
    }

    /// <summary>Writes one frame's network input: [<see cref="ImageChannels"/>, size, size], 0..1.</summary>
    public void EncodeImage(CameraFrame frame, Span<float> image)
    {
        EncodeBytes(frame, _rgb);
        for (var i = 0; i < _rgb.Length; i++)
            image[(i % ImageChannels * Plane) + (i / ImageChannels)] = _rgb[i] * (1f / 255);
    }

    /// <summary>The same as bytes, [size, size, <see cref="ImageChannels"/>], 0..255: what training data stores.</summary>
    public static void EncodeBytes(CameraFrame frame, Span<byte> rgb)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ImageOps.Resize(frame.Bgr, frame.WidthPx, frame.HeightPx, rgb, ImageSizePx, ImageSizePx);
        for (var i = 0; i < rgb.Length; i += ImageChannels)
            (rgb[i], rgb[i + 2]) = (rgb[i + 2], rgb[i]); // a frame is blue green red
    }
}
