using System.Text.Json.Nodes;

namespace Edge.Robots;

/// <summary>Turns the declarations of <see cref="RobotFields"/> into a JSON Schema (2020-12). The values that it returns mean nothing.</summary>
internal sealed class SchemaFieldReader : FieldReader
{
    private readonly JsonObject _properties = [];
    private readonly JsonArray _required = [];

    /// <summary>The schema of an object and of everything in it.</summary>
    public static JsonObject Describe<T>(Func<FieldReader, T> read, string description)
    {
        var reader = new SchemaFieldReader();
        _ = read(reader);
        return new JsonObject
        {
            ["description"] = description,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = reader._required,
            ["properties"] = reader._properties,
        };
    }

    public override double Number(string name, double min, double max, string description)
    {
        Require(name, new() { ["description"] = description, ["type"] = "number", ["minimum"] = min, ["maximum"] = max });
        return min;
    }

    public override int Integer(string name, int min, int max, string description)
    {
        Require(name, IntegerSchema(min, max, description));
        return min;
    }

    public override int? OptionalInteger(string name, int min, int max, string description)
    {
        _properties.Add(name, IntegerSchema(min, max, description));
        return null;
    }

    public override bool? OptionalFlag(string name, string description)
    {
        _properties.Add(name, new JsonObject { ["description"] = description, ["type"] = "boolean" });
        return null;
    }

    public override string Text(string name, TextRule rule, string description)
    {
        Require(name, TextSchema(rule, description));
        return "";
    }

    public override string? OptionalText(string name, TextRule rule, string description)
    {
        _properties.Add(name, TextSchema(rule, description));
        return null;
    }

    public override string Choice(string name, string[] allowed, string description)
    {
        Require(name, new() { ["description"] = description, ["enum"] = new JsonArray([.. allowed.Select(static a => JsonValue.Create(a))]) });
        return "";
    }

    public override double[] Numbers(string name, int minCount, int maxCount, double min, double max, string description)
    {
        var item = new JsonObject { ["type"] = "number", ["minimum"] = min, ["maximum"] = max };
        Require(name, new() { ["description"] = description, ["type"] = "array", ["minItems"] = minCount, ["maxItems"] = maxCount, ["items"] = item });
        return new double[minCount];
    }

    public override T Object<T>(string name, string description, Func<FieldReader, T> read)
    {
        Require(name, Describe(read, description));
        return default!;
    }

    public override T? OptionalObject<T>(string name, string description, Func<FieldReader, T> read)
        where T : class
    {
        _properties.Add(name, Describe(read, description));
        return null;
    }

    public override T[] Objects<T>(string name, int minCount, int maxCount, string description, Func<FieldReader, T> read)
    {
        var items = Describe(read, "One of them.");
        items.Remove("description");
        Require(name, new() { ["description"] = description, ["type"] = "array", ["minItems"] = minCount, ["maxItems"] = maxCount, ["items"] = items });
        return [];
    }

    private static JsonObject TextSchema(TextRule rule, string description) =>
        new() { ["description"] = description, ["type"] = "string", ["pattern"] = rule.Pattern };

    private static JsonObject IntegerSchema(int min, int max, string description) =>
        new() { ["description"] = description, ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };

    private void Require(string name, JsonObject schema)
    {
        _required.Add((JsonNode)name);
        _properties.Add(name, schema);
    }
}
