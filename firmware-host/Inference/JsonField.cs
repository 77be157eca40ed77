using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Edge.Inference;

/// <summary>
/// A value of a JSON file together with where it stands, so that every complaint names the field, what was found and what is allowed.
/// All readers throw <see cref="ModelException"/> and nothing else.
/// </summary>
/// <param name="Element">The value.</param>
/// <param name="Path">File and field, e.g. <c>manifest.json: provider.prefer[0]</c>.</param>
public readonly record struct JsonField(JsonElement Element, string Path)
{
    private const int MaxShownCharacters = 60;

    /// <summary>Reads a whole file of at most <paramref name="maxBytes"/>. The document's memory is collected with the last field that refers to it.</summary>
    public static JsonField ReadFile(string path, long maxBytes)
    {
        var name = System.IO.Path.GetFileName(path) + ":";
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > maxBytes)
                throw new ModelException($"{path}: found {file.Length} bytes, allowed at most {maxBytes}");
            return new JsonField(JsonElementOf(file), name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new ModelException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The property of this name; it must be there.</summary>
    public JsonField this[string name] =>
        TryGet(name, out var field) ? field : throw new ModelException($"{Join(name)}: missing");

    /// <summary>True when this is an object and has the property with a value other than null.</summary>
    public bool TryGet(string name, out JsonField field)
    {
        RequireKind(JsonValueKind.Object, "an object");
        var found = Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;
        field = found ? new JsonField(value, Join(name)) : default;
        return found;
    }

    /// <summary>The text, at most <paramref name="maxLength"/> characters, not empty unless allowed.</summary>
    public string AsString(int maxLength = 256, bool allowEmpty = false)
    {
        RequireKind(JsonValueKind.String, "a string");
        var text = TextOf(Element);
        return text.Length <= maxLength && (allowEmpty || text.Length > 0)
            ? text
            : throw Wrong($"a string of {(allowEmpty ? 0 : 1)} to {maxLength} characters");
    }

    /// <summary>One of the texts allowed.</summary>
    public string AsChoice(params ReadOnlySpan<string> allowed)
    {
        if (Element.ValueKind == JsonValueKind.String)
        {
            var text = TextOf(Element);
            foreach (var choice in allowed)
            {
                if (text == choice)
                    return choice;
            }
        }

        throw Wrong($"one of {string.Join(", ", allowed.ToArray())}");
    }

    /// <summary>A whole number in a range.</summary>
    public int AsInt(int min, int max) => (int)AsLong(min, max);

    /// <summary>A whole number in a range.</summary>
    public long AsLong(long min, long max) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out var value) && value >= min && value <= max
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"a whole number {min} to {max}"));

    /// <summary>A finite number in a range.</summary>
    public double AsDouble(double min, double max) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out var value) && value >= min && value <= max
            ? value
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"a number {min} to {max}"));

    /// <summary>True or false.</summary>
    public bool AsBool() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>The entries of an array, at most <paramref name="maxCount"/>.</summary>
    public JsonField[] Items(int maxCount)
    {
        RequireKind(JsonValueKind.Array, "an array");
        var count = Element.GetArrayLength();
        if (count > maxCount)
            throw new ModelException($"{Path}: found {count} entries, allowed at most {maxCount}");
        var items = new JsonField[count];
        var i = 0;
        foreach (var item in Element.EnumerateArray())
        {
            items[i] = new JsonField(item, $"{Path}[{i}]");
            i++;
        }

        return items;
    }

    /// <summary>Names and values of an object's properties, at most <paramref name="maxCount"/>; a name that stands twice is an error.</summary>
    public Dictionary<string, JsonField> Properties(int maxCount)
    {
        RequireKind(JsonValueKind.Object, "an object");
        var properties = new Dictionary<string, JsonField>(StringComparer.Ordinal);
        foreach (var property in Element.EnumerateObject())
        {
            if (properties.Count == maxCount)
                throw new ModelException($"{Path}: found more than {maxCount} entries, allowed at most {maxCount}");
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException e)
            {
                throw new ModelException($"{Path}: found a name that is not Unicode text", e);
            }

            if (!properties.TryAdd(name, new JsonField(property.Value, Join(name))))
                throw new ModelException($"{Join(name)}: found twice, allowed once");
        }

        return properties;
    }

    /// <summary>The complaint about this value.</summary>
    public ModelException Wrong(string allowed) => new($"{Path}: found {Shown()}, allowed {allowed}");

    private static JsonElement JsonElementOf(Stream stream)
    {
        using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 32 });
        return document.RootElement.Clone();
    }

    private string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escaped lone surrogate passes the JSON parser and fails here.
            throw new ModelException($"{Path}: found text that is not Unicode", e);
        }
    }

    private string Shown()
    {
        var raw = Element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            _ => Element.GetRawText(),
        };
        return raw.Length <= MaxShownCharacters ? raw : raw[..MaxShownCharacters] + "...";
    }

    [SuppressMessage("Style", "IDE0046", Justification = "A guard reads better as a statement.")]
    private void RequireKind(JsonValueKind kind, string allowed)
    {
        if (Element.ValueKind != kind)
            throw Wrong(allowed);
    }

    private string Join(string name) => Path.EndsWith(':') ? $"{Path} {name}" : $"{Path}.{name}";
}
