using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Edge.Cameras;
using Edge.Inference;

namespace Edge.Planner;

/// <summary>
/// One picture and prompt with the logits that the package's graphs gave on the processor where it was made: after the whole prompt, then after each of a few
/// more tokens, so that the cache is tried too. <c>models/training/planner/golden.mjs</c> writes it.
/// </summary>
/// <remarks>
/// The file, little-endian: side of the picture, number of tokens, rows of logits, width of a row (32-bit integers each); the tokens (32-bit); the picture
/// (red green blue bytes, top row first); the logits (32-bit floats).
/// </remarks>
public sealed class VlmGolden
{
    /// <summary>Name in the package.</summary>
    public const string FileName = "golden.bin";

    private const int HeaderInts = 4;
    private const long MaxFileBytes = 256L << 20;

    private VlmGolden(int[] tokens, CameraFrame picture, float[] logits, int rows)
    {
        Tokens = tokens;
        Picture = picture;
        Logits = logits;
        Rows = rows;
    }

    /// <summary>Prompt and the tokens after it.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>The picture, in the size that the model sees.</summary>
    public CameraFrame Picture { get; }

    /// <summary>Rows of logits.</summary>
    public int Rows { get; }

    private float[] Logits { get; }

    /// <summary>Reads the golden input of a package.</summary>
    /// <exception cref="ModelException">There is none, or it is not one.</exception>
    public static VlmGolden Load(ModelPackage package, VlmConfig config, int sizePx, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(config);
        if (!package.Files.ContainsKey(FileName))
            throw new ModelException($"{package.Folder}: no {FileName}: 'node models/training/planner/golden.mjs {package.Folder}' writes it and lists it in the manifest");
        var path = package.PathOf(FileName);
        var length = new FileInfo(path).Length;
        if (length is < HeaderInts * sizeof(int) or > MaxFileBytes)
            throw new ModelException($"{path}: found {length} bytes, allowed {HeaderInts * sizeof(int)} to {MaxFileBytes}");
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        int side = Int(bytes, 0), count = Int(bytes, 1), rows = Int(bytes, 2), width = Int(bytes, 3);
        if (side != sizePx || width != config.VocabularySize || count < 1 || count > maxTokens || rows < 1 || rows > count)
            throw new ModelException($"{path}: found a picture of {side}, {count} tokens, {rows} x {width} logits; allowed {sizePx}, 1 to {maxTokens}, 1 to the tokens' number x {config.VocabularySize}");
        var pictureBytes = side * side * 3;
        var expected = ((long)(HeaderInts + count + ((long)rows * width)) * sizeof(float)) + pictureBytes;
        if (length != expected)
            throw new ModelException($"{path}: found {length} bytes, allowed {expected}");

        var tokens = new int[count];
        for (var i = 0; i < count; i++)
            tokens[i] = Int(bytes, HeaderInts + i);
        if (tokens.FirstOrDefault(token => token < 0 || token >= config.VocabularySize) is not 0 and var wrong)
            throw new ModelException($"{path}: found token {wrong}, allowed 0 to {config.VocabularySize - 1}");
        var rgb = bytes.Slice((HeaderInts + count) * sizeof(int), pictureBytes);
        var picture = new CameraFrame(side, side);
        for (var i = 0; i < pictureBytes; i++)
            picture.Bgr[i] = rgb[i - (i % 3) + 2 - (i % 3)];
        return new(tokens, picture, MemoryMarshal.Cast<byte, float>(bytes[((HeaderInts + count) * sizeof(int) + pictureBytes)..]).ToArray(), rows);
    }

    /// <summary>A row of logits.</summary>
    public ReadOnlySpan<float> Row(int row) => Logits.AsSpan(row * (Logits.Length / Rows), Logits.Length / Rows);

    private static int Int(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt32LittleEndian(bytes[(index * sizeof(int))..]);
}
