using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Edge.Tests.Robots;

/// <summary>The few words of JSON Schema 2020-12 that the robot's schema uses, checked independently of the loader. Other words are refused.</summary>
internal sealed class JsonSchema(JsonObject schema)
{
    private static readonly HashSet<string> Words =
        ["$schema", "title", "description", "type", "required", "properties", "additionalProperties", "minimum", "maximum", "pattern", "enum", "items", "minItems", "maxItems"];

    /// <summary>Paths at which an instance breaks the schema.</summary>
    public List<string> Check(JsonNode? instance)
    {
        var broken = new List<string>();
        Check(schema, instance, "", broken);
        return broken;
    }

    private static void Check(JsonObject schema, JsonNode? instance, string path, List<string> broken)
    {
        foreach (var (word, _) in schema)
            Assert(Words.Contains(word), $"the schema uses '{word}', which this checker does not know");
        var kind = instance?.GetValueKind() ?? JsonValueKind.Null;
        var fits = (string?)schema["type"] switch
        {
            null => true,
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number,
            "integer" => kind == JsonValueKind.Number && double.IsInteger(Number(instance!)),
            var other => throw new InvalidOperationException($"unknown type {other}"),
        };
        if (!fits)
        {
            broken.Add(path);
            return;
        }

        if (schema["enum"] is JsonArray allowed && !allowed.Any(value => JsonNode.DeepEquals(value, instance)))
            broken.Add(path);
        if (schema["pattern"] is { } pattern && !Regex.IsMatch((string)instance!, (string)pattern!))
            broken.Add(path);
        if (schema["minimum"] is { } minimum && Number(instance!) < Number(minimum))
            broken.Add(path);
        if (schema["maximum"] is { } maximum && Number(instance!) > Number(maximum))
            broken.Add(path);
        if (instance is JsonArray array)
        {
            if (array.Count < (int)schema["minItems"]! || array.Count > (int)schema["maxItems"]!)
                broken.Add(path);
            for (var i = 0; i < array.Count; i++)
                Check(schema["items"]!.AsObject(), array[i], $"{path}[{i}]", broken);
        }

        if (instance is JsonObject obj)
        {
            var properties = schema["properties"]!.AsObject();
            foreach (var name in schema["required"]!.AsArray())
            {
                if (!obj.ContainsKey((string)name!))
                    broken.Add($"{path}.{name}");
            }

            foreach (var (name, value) in obj)
            {
                if (properties[name] is JsonObject property)
                    Check(property, value, $"{path}.{name}", broken);
                else if (!(bool)schema["additionalProperties"]!)
                    broken.Add($"{path}.{name}");
            }
        }
    }

    private static double Number(JsonNode node) => JsonDocument.Parse(node.ToJsonString()).RootElement.GetDouble();

    private static void Assert(bool condition, string message)
    {
        if (!condition)
            throw new InvalidOperationException(message);
    }
}
