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

    /// <summary>The name of a mark; empty where it has none.</summary>
    internal string Of(Mark mark) => At(Colours, mark.Colour) is { } colour && At(Shapes, mark.Shape) is { } shape ? $"{colour} {shape}" : "";

    /// <summary>Is the vision encoder sure of a mark's name?</summary>
    internal bool IsSure(Mark mark) => mark.Certainty >= LeastCertainty && At(Colours, mark.Colour) is not null && At(Shapes, mark.Shape) is not null;

    /// <summary>Could two marks be called the same?</summary>
    internal bool CouldBeSame(Mark a, Mark b) => !IsSure(a) || !IsSure(b) || (a.Colour == b.Colour && a.Shape == b.Shape);

    /// <summary>Could a mark be called so? Where the vision encoder is not sure, everything could. Allocates nothing.</summary>
    internal bool Fits(Mark mark, ReadOnlySpan<char> name)
    {
        if (!IsSure(mark) || At(Colours, mark.Colour) is not { } colour || At(Shapes, mark.Shape) is not { } shape)
            return true;
        return name.Length == colour.Length + 1 + shape.Length && name.StartsWith(colour, StringComparison.Ordinal) && name[colour.Length] == ' ' && name.EndsWith(shape, StringComparison.Ordinal);
    }

    private static string? At(IReadOnlyList<string> names, int index) => index >= 0 && index < names.Count ? names[index] : null;

    private static string[] Read(JsonField field) => [.. field.Items(MaxNames).Select(item => item.AsString(32))];
}
