using System.Globalization;

namespace Edge.Api;

/// <summary>How the values of one <see cref="ArgumentKind"/> are written: grammar, reading, writing and documentation in one place.</summary>
internal abstract class ArgumentSyntax
{
    private static readonly PlaceSyntax Place = new();
    private static readonly AngleSyntax Angle = new();

    /// <summary>What stands for a value in the documentation, e.g. PLACE.</summary>
    public abstract string Symbol { get; }

    /// <summary>What may stand there, in one sentence.</summary>
    public abstract string Documentation { get; }

    /// <summary>The syntax of a kind: a new kind is one more case.</summary>
    public static ArgumentSyntax Of(ArgumentKind kind) => kind switch
    {
        ArgumentKind.Place or ArgumentKind.FarPlace or ArgumentKind.HalfWay => Place,
        ArgumentKind.Angle => Angle,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind of argument has no syntax."),
    };

    /// <summary>All texts of a value.</summary>
    public abstract TextPattern Pattern(MemorySlots slots);

    /// <summary>Reads a value; where it fails, <paramref name="error"/> says what was found and what is allowed.</summary>
    public abstract bool TryRead(ref TextCursor text, MemorySlots slots, out ArgumentValue value, out string error);

    /// <summary>The text of a value.</summary>
    public abstract string Format(ArgumentValue value);
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

    public override bool TryRead(ref TextCursor text, MemorySlots slots, out ArgumentValue value, out string error)
    {
        value = default;
        error = "";
        if (text.TryTake("memory("))
        {
            if (!text.TryTakeNumber(SlotDigits, out var slot) || !slots.Contains(slot))
                error = $"found slot {text.Shown()}, allowed {Allowed(slots)}";
            else if (!text.TryTake(")"))
                error = $"found {text.Shown()}, allowed ) after the slot";
            value = new ArgumentValue(slot, 0, 0);
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
            value = new ArgumentValue(0, x, y);
        }
        else
        {
            error = $"found {text.Shown()}, allowed (x, y) or memory(n)";
        }

        return error.Length == 0;
    }

    public override string Format(ArgumentValue value)
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

/// <summary><c>60</c> or <c>-90</c>: degrees.</summary>
internal sealed class AngleSyntax : ArgumentSyntax
{
    /// <summary>Angles are multiples of this: finer ones cannot be told apart in a small picture.</summary>
    public const int StepDegrees = 30;

    private const int MaxDegrees = 180;
    private const int Digits = 3;

    public override string Symbol => "ANGLE";

    public override string Documentation => $"degrees counter-clockwise seen from above, a multiple of {StepDegrees} from -{MaxDegrees} to {MaxDegrees}, not 0.";

    public override TextPattern Pattern(MemorySlots slots) => TextPattern.Choice(
        Enumerable.Range(-MaxDegrees / StepDegrees, (2 * MaxDegrees / StepDegrees) + 1)
            .Select(step => step * StepDegrees).Where(IsAllowed).Select(degrees => TextPattern.Literal(degrees.ToString(CultureInfo.InvariantCulture))));

    public override bool TryRead(ref TextCursor text, MemorySlots slots, out ArgumentValue value, out string error)
    {
        var sign = text.TryTake("-") ? -1 : 1;
        var read = text.TryTakeNumber(Digits, out var degrees);
        value = new ArgumentValue(0, 0, 0, sign * degrees);
        error = read && IsAllowed(value.Degrees) ? "" : $"found {(sign < 0 ? "-" : "")}{text.Shown()}, allowed multiples of {StepDegrees} from -{MaxDegrees} to {MaxDegrees}, but not 0";
        return error.Length == 0;
    }

    public override string Format(ArgumentValue value) => IsAllowed(value.Degrees)
        ? value.Degrees.ToString(CultureInfo.InvariantCulture)
        : throw new ArgumentOutOfRangeException(nameof(value), value.Degrees, $"Allowed: multiples of {StepDegrees} from -{MaxDegrees} to {MaxDegrees}, but not 0.");

    private static bool IsAllowed(int degrees) => degrees != 0 && degrees % StepDegrees == 0 && Math.Abs(degrees) <= MaxDegrees;
}
