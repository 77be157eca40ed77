using Edge.Inference;

namespace Edge.Planner;

/// <summary>What the vision encoder calls the things that it marks: the manifest's <c>planner.colours</c> and <c>planner.shapes</c>, in the order in which the marks count them.</summary>
/// <param name="Colours">First word of a name, e.g. <c>red</c>.</param>
/// <param name="Shapes">The rest, e.g. <c>cube</c> or <c>area</c>.</param>
public sealed record MarkNames(IReadOnlyList<string> Colours, IReadOnlyList<string> Shapes)
{
    private const int MaxNames = 64;

    /// <summary>A name of this share of the probability is believed.</summary>
    private const float LeastCertainty = 0.8f;

    /// <summary>Nothing is called anything.</summary>
    public static MarkNames None { get; } = new([], []);

    /// <summary>From the <c>planner</c> object of a manifest; <see cref="None"/> where it has no names.</summary>
    /// <exception cref="ModelException">Names the field.</exception>
    public static MarkNames FromManifest(JsonField planner) =>
        planner.TryGet("colours", out var colours) ? new MarkNames(Read(colours), Read(planner["shapes"])) : None;

    /// <summary>The name of a mark (<see cref="VlmDecoder.Marks"/>); empty where it has none.</summary>
    public string Of(ReadOnlySpan<float> mark) =>
        At(Colours, mark[VlmDecoder.MarkColour]) is { } colour && At(Shapes, mark[VlmDecoder.MarkShape]) is { } shape ? $"{colour} {shape}" : "";

    /// <summary>Is the vision encoder sure of a mark's name?</summary>
    public bool AreSure(ReadOnlySpan<float> mark) =>
        mark[VlmDecoder.MarkCertainty] >= LeastCertainty && At(Colours, mark[VlmDecoder.MarkColour]) is not null && At(Shapes, mark[VlmDecoder.MarkShape]) is not null;

    /// <summary>Could two marks be called the same?</summary>
    public bool CouldBeSame(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        !AreSure(a) || !AreSure(b) || (a[VlmDecoder.MarkColour] == b[VlmDecoder.MarkColour] && a[VlmDecoder.MarkShape] == b[VlmDecoder.MarkShape]);

    /// <summary>Could a mark be called so? Where the vision encoder is not sure, everything could. Allocates nothing.</summary>
    public bool Fits(ReadOnlySpan<float> mark, ReadOnlySpan<char> name)
    {
        if (mark[VlmDecoder.MarkCertainty] < LeastCertainty || At(Colours, mark[VlmDecoder.MarkColour]) is not { } colour || At(Shapes, mark[VlmDecoder.MarkShape]) is not { } shape)
            return true;
        return name.Length == colour.Length + 1 + shape.Length && name.StartsWith(colour, StringComparison.Ordinal) && name[colour.Length] == ' ' && name.EndsWith(shape, StringComparison.Ordinal);
    }

    private static string? At(IReadOnlyList<string> names, float index) => index >= 0 && index < names.Count ? names[(int)index] : null;

    private static string[] Read(JsonField field) => [.. field.Items(MaxNames).Select(item => item.AsString(32))];
}
