using System.Globalization;
using System.Text.Json;

namespace Edge.Robots;

/// <summary>Reads the fields of one JSON object. Errors are collected; a field in error yields a value of its range, so that reading goes on.</summary>
internal sealed class JsonFieldReader : FieldReader
{
    private const int LongestQuote = 60;

    private readonly string _path;
    private readonly List<RobotFileError> _errors;
    private readonly Dictionary<string, JsonElement>? _fields; // null: the object itself is in error, which is already said
    private readonly List<string> _known = [];

    private JsonFieldReader(string path, JsonElement? element, List<RobotFileError> errors)
    {
        (_path, _errors) = (path, errors);
        if (element is not { } value)
            return;
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new(path, Quote(value), "an object"));
            return;
        }

        _fields = [];
        foreach (var field in value.EnumerateObject())
        {
            if (!_fields.TryAdd(field.Name, field.Value))
                errors.Add(new(Join(path, Shorten(field.Name)), "the field twice", "each field once"));
        }
    }

    /// <summary>Reads a whole document.</summary>
    public static T Read<T>(JsonElement root, List<RobotFileError> errors, Func<FieldReader, T> read) => Read("", root, errors, read, "$schema");

    public override double Number(string name, double min, double max, string description) =>
        TryGet(name, out var value) ? Number(Join(_path, name), value, min, max) : min;

    public override int Integer(string name, int min, int max, string description) =>
        TryGet(name, out var value) ? Integer(Join(_path, name), value, min, max) : min;

    public override int? OptionalInteger(string name, int min, int max, string description) =>
        TryGetOptional(name, out var value) ? Integer(Join(_path, name), value, min, max) : null;

    public override bool? OptionalFlag(string name, string description)
    {
        if (!TryGetOptional(name, out var value))
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Fail<bool?>(name, value, "true or false", null);
    }

    public override string Text(string name, TextRule rule, string description) => TryGet(name, out var value) ? Text(name, value, rule) : "";

    public override string? OptionalText(string name, TextRule rule, string description) =>
        TryGetOptional(name, out var value) ? Text(name, value, rule) : null;

    public override string Choice(string name, string[] allowed, string description)
    {
        if (!TryGet(name, out var value))
            return "";
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && allowed.Contains(text))
            return text;
        return Fail(name, value, string.Join(" or ", allowed.Select(static a => $"\"{a}\"")), "");
    }

    public override double[] Numbers(string name, int minCount, int maxCount, double min, double max, string description)
    {
        var path = Join(_path, name);
        if (!TryGet(name, out var value))
            return new double[minCount];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < minCount || value.GetArrayLength() > maxCount)
            return Fail(name, value, $"an array of {Count(minCount, maxCount)} numbers", new double[minCount]);
        return [.. value.EnumerateArray().Select((item, i) => Number($"{path}[{i}]", item, min, max))];
    }

    public override T Object<T>(string name, string description, Func<FieldReader, T> read) =>
        Read(Join(_path, name), TryGet(name, out var value) ? value : null, _errors, read);

    public override T? OptionalObject<T>(string name, string description, Func<FieldReader, T> read)
        where T : class => TryGetOptional(name, out var value) ? Read(Join(_path, name), value, _errors, read) : null;

    public override T[] Objects<T>(string name, int minCount, int maxCount, string description, Func<FieldReader, T> read)
    {
        var path = Join(_path, name);
        if (!TryGet(name, out var value))
            return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < minCount || value.GetArrayLength() > maxCount)
            return Fail<T[]>(name, value, $"an array of {Count(minCount, maxCount)} objects", []);
        return [.. value.EnumerateArray().Select((item, i) => Read($"{path}[{i}]", item, _errors, read))];
    }

    private static T Read<T>(string path, JsonElement? element, List<RobotFileError> errors, Func<FieldReader, T> read, params ReadOnlySpan<string> ignored)
    {
        var reader = new JsonFieldReader(path, element, errors);
        reader._known.AddRange(ignored);
        var result = read(reader);
        foreach (var name in reader._fields?.Keys ?? Enumerable.Empty<string>())
        {
            if (!reader._known.Contains(name))
                errors.Add(new(Join(path, Shorten(name)), "an unknown field", reader.Suggest(name)));
        }

        return result;
    }

    private bool TryGet(string name, out JsonElement value)
    {
        _known.Add(name);
        value = default;
        if (_fields is null)
            return false;
        if (_fields.TryGetValue(name, out value))
            return true;
        _errors.Add(new(Join(_path, name), "nothing", "the field is required"));
        return false;
    }

    private bool TryGetOptional(string name, out JsonElement value)
    {
        _known.Add(name);
        value = default;
        return _fields is not null && _fields.TryGetValue(name, out value);
    }

    private string Text(string name, JsonElement value, TextRule rule) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } text && rule.Allows(text) ? text : Fail(name, value, rule.Meaning, "");

    private double Number(string path, JsonElement value, double min, double max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
            return number;
        _errors.Add(new(path, Quote(value), string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}")));
        return min;
    }

    private int Integer(string path, JsonElement value, int min, int max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
            return number;
        _errors.Add(new(path, Quote(value), string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}")));
        return min;
    }

    private T Fail<T>(string name, JsonElement value, string allowed, T instead)
    {
        _errors.Add(new(Join(_path, name), Quote(value), allowed));
        return instead;
    }

    /// <summary>The known field that the unknown one was probably meant to be, and all of them.</summary>
    private string Suggest(string name)
    {
        var nearest = _known
            .Where(known => !_fields!.ContainsKey(known))
            .Select(known => (Name: known, Distance: EditDistance(Shorten(name).ToUpperInvariant(), known.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= 1 + (candidate.Name.Length / 3))
            .OrderBy(static candidate => candidate.Distance)
            .FirstOrDefault();
        return (nearest.Name is null ? "" : $"did you mean {nearest.Name}? ") + string.Join(", ", _known);
    }

    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Count(int min, int max) => min == max ? $"{min}" : $"{min} to {max}";

    private static string Quote(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"an array of {value.GetArrayLength()}",
        _ => Shorten(value.GetRawText()),
    };

    private static string Shorten(string text) => text.Length <= LongestQuote ? text : string.Concat(text.AsSpan(0, LongestQuote), "...");
}
