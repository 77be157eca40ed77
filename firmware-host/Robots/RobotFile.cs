using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Edge.Robots;

/// <summary>Reads robot files: a description that holds in every field and rule, or an exception that lists everything wrong.</summary>
public static class RobotFile
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxDepth = 16;

    /// <summary>
    /// Reads a file. Package folders and certificates that are given by a relative path are looked for from the working directory, then from
    /// the file's folder and upward, then beside the program; the description has the full path of the first that exists.
    /// </summary>
    /// <exception cref="RobotFileException">The file cannot be read, or is wrong.</exception>
    public static RobotDescription Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] json;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new RobotFileException(path, [TooLong(length)]);
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new RobotFileException(path, [new("", e.Message, "a file that can be read")]);
        }

        var robot = Parse(json, path);
        return robot with
        {
            Policy = robot.Policy with { Package = Resolve(robot.Policy.Package, path) },
            Planner = robot.Planner with { Package = Resolve(robot.Planner.Package, path) },
            Mqtt = robot.Mqtt with
            {
                Tls = robot.Mqtt.Tls is not { } tls ? null : new(
                    Resolve(tls.CaFile, path), tls.CertFile is null ? null : Resolve(tls.CertFile, path), tls.KeyFile is null ? null : Resolve(tls.KeyFile, path)),
            },
        };
    }

    /// <summary>Reads a description from JSON; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="RobotFileException">It is wrong.</exception>
    public static RobotDescription Parse(ReadOnlySpan<byte> json, string name)
    {
        if (json.Length > MaxBytes)
            throw new RobotFileException(name, [TooLong(json.Length)]);
        var errors = new List<RobotFileError>();
        try
        {
            using var document = ParseDocument(json);
            var robot = ReadFields(document.RootElement, errors);
            if (!errors.Exists(static error => IsWholeObject(error)))
                RobotRules.Check(robot, errors);
            return errors.Count == 0 ? robot : throw new RobotFileException(name, errors);
        }
        catch (JsonException e)
        {
            throw new RobotFileException(name, [new("", $"no JSON: {e.Message}", "one JSON object, at most 16 levels deep")]);
        }

        static bool IsWholeObject(RobotFileError error) => error.Path.Length == 0;

        static RobotDescription ReadFields(JsonElement root, List<RobotFileError> errors)
        {
            try
            {
                return JsonFieldReader.Read(root, errors, RobotFields.Robot);
            }
            catch (InvalidOperationException e)
            {
                // What JsonElement throws for a text with half a surrogate pair or broken UTF-8 in it.
                throw new JsonException(e.Message, e);
            }
        }
    }

    /// <summary>The JSON Schema (2020-12) of robot files, as robots/robot.schema.json has it.</summary>
    public static string Schema()
    {
        var described = SchemaFieldReader.Describe(RobotFields.Robot, "A robot: its buses, joints, tool, cameras, models and limits. SI units, radians.");
        described["properties"]!.AsObject().Insert(0, "$schema", new JsonObject { ["description"] = "This schema.", ["type"] = "string" });
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Robot description",
        };
        foreach (var (key, value) in described)
            schema[key] = value?.DeepClone();
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            schema.WriteTo(writer);
        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    private static JsonDocument ParseDocument(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        var reader = new Utf8JsonReader(json.StartsWith(mark) ? json[mark.Length..] : json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var document = JsonDocument.ParseValue(ref reader);
        try
        {
            // Reads on: anything but white space after the value is an error.
            reader.Read();
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    private static RobotFileError TooLong(long length) => new("", $"{length} bytes", $"at most {MaxBytes} bytes");

    private static string Resolve(string path, string robotFile)
    {
        var here = Path.GetFullPath(path);
        if (Path.IsPathRooted(path) || Path.Exists(here))
            return here;
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(robotFile)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, path);
            if (Path.Exists(candidate))
                return candidate;
        }

        var installed = Path.Combine(AppContext.BaseDirectory, path);
        return Path.Exists(installed) ? installed : here;
    }
}
