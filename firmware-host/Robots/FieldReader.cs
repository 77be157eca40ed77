namespace Edge.Robots;

/// <summary>
/// What <see cref="RobotFields"/> is written against: each call names one field of the present object, its range and its meaning.
/// <see cref="JsonFieldReader"/> reads a file that way, <see cref="SchemaFieldReader"/> writes the JSON Schema from the very same calls.
/// </summary>
internal abstract class FieldReader
{
    public abstract double Number(string name, double min, double max, string description);

    public abstract int Integer(string name, int min, int max, string description);

    public abstract int? OptionalInteger(string name, int min, int max, string description);

    public abstract bool? OptionalFlag(string name, string description);

    public abstract string Text(string name, TextRule rule, string description);

    public abstract string? OptionalText(string name, TextRule rule, string description);

    public abstract string Choice(string name, string[] allowed, string description);

    public abstract double[] Numbers(string name, int minCount, int maxCount, double min, double max, string description);

    public abstract T Object<T>(string name, string description, Func<FieldReader, T> read);

    public abstract T? OptionalObject<T>(string name, string description, Func<FieldReader, T> read)
        where T : class;

    public abstract T[] Objects<T>(string name, int minCount, int maxCount, string description, Func<FieldReader, T> read);

    public double[] Point(string name, double min, double max, string description) => Numbers(name, 3, 3, min, max, description);
}

/// <summary>What a text may be: its pattern for the schema, the same as code, and in words.</summary>
internal sealed record TextRule(string Pattern, string Meaning, Predicate<string> Allows)
{
    /// <summary>A name that other fields and topics refer to.</summary>
    public static readonly TextRule Name = new(
        "^[A-Za-z0-9_-]{1,32}$",
        "1 to 32 letters, digits, '-' or '_'",
        static text => text.Length is >= 1 and <= 32 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    /// <summary>A path, an address or a pipeline.</summary>
    public static readonly TextRule Line = new(
        "^[^\\u0000-\\u001f\\u007f]{1,1000}$",
        "1 to 1000 characters without control characters",
        static text => text.Length is >= 1 and <= 1000 && text.All(static c => c >= ' ' && c != '\u007f'));

    /// <summary>Where models compute.</summary>
    public static readonly TextRule Providers = new(
        Inference.ProviderPreference.ChoicePattern,
        "tensorrt, cuda, cpu or a list of them like \"tensorrt,cuda,cpu\", alone or after \"require \"",
        Inference.ProviderPreference.IsChoice);
}
