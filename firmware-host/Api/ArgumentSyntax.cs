using System.Globalization;

namespace Edge.Api;

/// <summary>How the values of one <see cref="ArgumentKind"/> are written: grammar, reading, writing and documentation in one place.</summary>
internal abstract class ArgumentSyntax
{
    private static readonly PlaceSyntax Place = new();

    /// <summary>What stands for a value in the documentation, e.g. PLACE.</summary>
    public abstract string Symbol { get; }

    /// <summary>What may stand there, in one sentence.</summary>
    public abstract string Documentation { get; }

    /// <summary>The syntax of a kind: a new kind is one more case.</summary>
    public static ArgumentSyntax Of(ArgumentKind kind) => kind switch
    {
        ArgumentKind.Place => Place,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind of argument has no syntax."),
    };

    /// <summary>All texts of a value.</summary>
    public abstract TextPattern Pattern(MemorySlots slots);

    /// <summary>Reads a value; where it fails, <paramref name="error"/> says what was found and what is allowed.</summary>
    public abstract bool TryRead(ref TextCursor text, MemorySlots slots, out PlaceArgument value, out string error);

    /// <summary>The text of a value.</summary>
    public abstract string Format(PlaceArgument value);
}

/// <summary><c>(412, 377)</c> or <c>memory(2)</c>.</summary>
internal sealed class PlaceSyntax : ArgumentSyntax
{
    private const int PointDigits = 3;
    private const int MaxPerMille = 999;
    private const int SlotDigits = 4;

    public override string Symbol => "PLACE";

    public override string Documentation =>
        "either (x, y), the point of the picture where the thing touches the table, in thousandths of the picture's width and height from the upper left corner, "
        + "0 to 999; or memory(n), the place that the n-th remembered call was about.";

    public override TextPattern Pattern(MemorySlots slots)
    {
        var point = TextPattern.Sequence(
            TextPattern.Literal("("), TextPattern.Number(PointDigits), TextPattern.Literal(", "), TextPattern.Number(PointDigits), TextPattern.Literal(")"));
        if (slots.Count == 0)
            return point;
        var slot = TextPattern.Choice(Enumerable.Range(slots.First, slots.Count).Select(n => TextPattern.Literal(n.ToString(CultureInfo.InvariantCulture))));
        return TextPattern.Choice(point, TextPattern.Sequence(TextPattern.Literal("memory("), slot, TextPattern.Literal(")")));
    }

    public override bool TryRead(ref TextCursor text, MemorySlots slots, out PlaceArgument value, out string error)
    {
        value = default;
        error = "";
        if (text.TryTake("memory("))
        {
            if (!text.TryTakeNumber(SlotDigits, out var slot) || !slots.Contains(slot))
                error = $"found slot {text.Shown()}, allowed {Allowed(slots)}";
            else if (!text.TryTake(")"))
                error = $"found {text.Shown()}, allowed ) after the slot";
            value = new PlaceArgument(slot, 0, 0);
        }
        else if (text.TryTake("("))
        {
            var y = 0;
            if (!text.TryTakeNumber(PointDigits, out var x))
                error = $"found x {text.Shown()}, allowed 0 to {MaxPerMille}";
            else if (!text.TryTake(", "))
                error = $"found {text.Shown()}, allowed a comma and a space after x";
            else if (!text.TryTakeNumber(PointDigits, out y))
                error = $"found y {text.Shown()}, allowed 0 to {MaxPerMille}";
            else if (!text.TryTake(")"))
                error = $"found {text.Shown()}, allowed ) after y";
            value = new PlaceArgument(0, x, y);
        }
        else
        {
            error = $"found {text.Shown()}, allowed (x, y) or memory(n)";
        }

        return error.Length == 0;
    }

    public override string Format(PlaceArgument value)
    {
        if (value.MemorySlot != 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.MemorySlot, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value.MemorySlot, MemorySlots.Highest, nameof(value));
            return string.Create(CultureInfo.InvariantCulture, $"memory({value.MemorySlot})");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value.XPerMille, (uint)MaxPerMille, nameof(value));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value.YPerMille, (uint)MaxPerMille, nameof(value));
        return string.Create(CultureInfo.InvariantCulture, $"({value.XPerMille}, {value.YPerMille})");
    }

    private static string Allowed(MemorySlots slots) =>
        slots.Count == 0 ? "an image point: the memory is empty" : string.Create(CultureInfo.InvariantCulture, $"{slots.First} to {slots.Last}");
}
