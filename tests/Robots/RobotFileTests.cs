using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Robots;

/// <summary>The robot file's loader: the reference file, broken copies of it, and its agreement with the JSON Schema and the records.</summary>
public sealed class RobotFileTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "robots");
    private static readonly string Reference = File.ReadAllText(Path.Combine(Folder, "xarm6-damiao.json"));
    private static readonly string SchemaText = File.ReadAllText(Path.Combine(Folder, "robot.schema.json"));
    private static readonly JsonSchema Schema = new(JsonNode.Parse(SchemaText)!.AsObject());

    /// <summary>Field, what replaces it (null: nothing), the path in the error, a part of the error, and whether the schema can see it too.</summary>
    public static TheoryData<string, string?, string, string, bool> BrokenFields => new()
    {
        // What a field may be.
        { "name", "\"a b\"", "name", "1 to 32 letters", true },
        { "name", "7", "name", "found 7", true },
        { "loop.rateHz", "99", "loop.rateHz", "from 100 to 1000", true },
        { "loop.rateHz", "1001", "loop.rateHz", "found 1001", true },
        { "loop.rateHz", "500.5", "loop.rateHz", "a whole number", true },
        { "loop.rateHz", "1e99", "loop.rateHz", "a whole number", true },
        { "loop.rateHz", "\"1000\"", "loop.rateHz", "found \"1000\"", true },
        { "loop.rateHz", "null", "loop.rateHz", "found null", true },
        { "loop.rateHz", null, "loop.rateHz", "required", true },
        { "loop.priority", "99", "loop.priority", "from 0 to 98", true },
        { "loop", null, "loop", "required", true },
        { "loop", "[]", "loop", "an object", true },
        { "loop.rateHZ", "1000", "loop.rateHZ", "unknown", true },
        { "buses", "[]", "buses", "an array of 1 to 16", true },
        { "buses[0].kind", "\"usb\"", "buses[0].kind", "\"slcan\" or \"socketcan\" or \"serial\"", true },
        { "buses[0].dataBitRate", "1", "buses[0].dataBitRate", "from 1000000", true },
        { "joints", "{}", "joints", "an array", true },
        { "joints[2].drive.canId", "99", "joints[2].drive.canId", "found 99; allowed: a whole number from 1 to 15", true },
        { "joints[2].drive.canID", "3", "joints[2].drive.canID", "unknown", true },
        { "joints[2].drive.model", "\"J9\"", "joints[2].drive.model", "J8009P", true },
        { "joints[1].originM", "[0, 0]", "joints[1].originM", "an array of 3 numbers", true },
        { "joints[1].originM", "[0, 0, true]", "joints[1].originM[2]", "found true", true },
        { "joints[1].originM", "[0, 0, 1e999]", "joints[1].originM[2]", "from -2 to 2", true },
        { "joints[1].drive.kd", "0", "joints[1].drive.kd", "from 0.01 to 5", true },
        { "joints[0].limits.jerkRadS3", "0", "joints[0].limits.jerkRadS3", "from 1 to", true },
        { "cameras[0].source", "\"\"", "cameras[0].source", "1 to 1000 characters", true },
        { "mqtt.onBrokerLost", "\"panic\"", "mqtt.onBrokerLost", "\"finish\" or \"stop\"", true },
        { "mqtt.site", "\"a/b\"", "mqtt.site", "letters", true },
        { "mqtt.mayArm", "1", "mqtt.mayArm", "found 1; allowed: true or false", true },
        { "mqtt.telemetryHz", "100", "mqtt.telemetryHz", "from 0 to 20", true },
        { "mqtt.tls", "{}", "mqtt.tls.caFile", "required", true },
        { "mqtt.tls", "{\"caFile\": \"ca.pem\", \"certFile\": 7}", "mqtt.tls.certFile", "1 to 1000 characters", true },
        { "policy.provider", "\"npu\"", "policy.provider", "tensorrt, cuda, cpu", true },
        { "planner.provider", "\"cpu, cuda\"", "planner.provider", "after \"require \"", true },

        // What fields ask of each other.
        { "mqtt.tls", "{\"caFile\": \"ca.pem\", \"certFile\": \"robot.pem\"}", "mqtt.tls.keyFile", "belongs to certFile", false },
        { "mqtt.tls", "{\"caFile\": \"ca.pem\", \"keyFile\": \"robot.key\"}", "mqtt.tls.certFile", "belongs to keyFile", false },
        { "buses[0].bitRate", "999999", "buses[0].bitRate", "SLCAN", false },
        { "buses[0].dataBitRate", "3000000", "buses[0].dataBitRate", "5000000", false },
        { "buses[1].dataBitRate", "2000000", "buses[1].dataBitRate", "nothing on a serial line", false },
        { "buses[1].name", "\"arm\"", "buses[1].name", "buses[0] has", false },
        { "joints[1].name", "\"joint1\"", "joints[1].name", "a name of its own", false },
        { "joints[1].drive.bus", "\"leg\"", "joints[1].drive.bus", "slcan or socketcan: \"arm\"", false },
        { "joints[1].drive.bus", "\"tool\"", "joints[1].drive.bus", "which is serial", false },
        { "joints[3].drive.canId", "2", "joints[3].drive.canId", "which joints[1].drive.canId has on bus \"arm\"", false },
        { "joints[3].drive.masterId", "2", "joints[3].drive.masterId", "joints[1].drive.canId", false },
        { "joints[3].drive.sign", "0", "joints[3].drive.sign", "1 or -1", false },
        { "joints[3].drive.timeoutSeconds", "0.0039", "joints[3].drive.timeoutSeconds", "from 0.005", true },
        { "joints[3].drive.offsetRad", "11", "joints[3].drive.offsetRad", "the drive between", false },
        { "joints[0].limits.torqueNm", "41", "joints[0].limits.torqueNm", "at most 40, the peak of J8009P", false },
        { "joints[2].limits.torqueNm", "28", "joints[2].limits.torqueNm", "at most 27, the peak of J4340P", false },
        { "joints[5].limits.torqueNm", "7.5", "joints[5].limits.torqueNm", "at most 7, the peak of J4310", false },
        { "joints[2].limits.velocityRadS", "6", "joints[2].limits.velocityRadS", "no-load speed of J4340P", false },
        { "joints[2].limits.positionRad", "[0.1, -3]", "joints[2].limits.positionRad", "the lower limit before the upper", false },
        { "joints[2].link.inertiaKgM2", "[1, 1, 3, 0, 0, 0]", "joints[2].link.inertiaKgM2", "inertia of a body", false },
        { "joints[2].link.inertiaKgM2", "[1, 1, 1, 2, 0, 0]", "joints[2].link.inertiaKgM2", "positive definite", false },
        { "homeRad", "[0, 0]", "homeRad", "one per joint (6)", false },
        { "homeRad[1]", "2.5", "homeRad[1]", "-2 to 2", false },
        { "homeRad[4]", "1.3", "homeRad", "straight down", false },
        { "workspaceM.max", "[0.2, 0.45, 0.55]", "homeRad", "inside workspaceM", false },
        { "workspaceM.min", "[0.12, 0.45, 0]", "workspaceM.max[1]", "above min (0.45)", false },
        { "tool.valve.bus", "\"arm\"", "tool.valve.bus", "which is slcan", false },
        { "tool.valve.closedSteps", "1024", "tool.valve.openSteps", "another position", false },
        { "tool.valve.sealedLoad", "100", "tool.valve.sealedLoad", "above pressedLoad (100)", false },
        { "cameras[0].marks.yM", "[0, 0, 0]", "cameras[0].marks.yM", "as many as xM (6)", false },
        { "cameras[0].marks.xM", "[0, 0]", "cameras[0].marks.xM", "3 to 16 numbers", true },
        { "cameras[0].lookAtM", "[0.98, 0, 0]", "cameras[0].lookAtM", "beside the vertical", false },
        { "policy.camera", "\"rear\"", "policy.camera", "the name of a camera: \"front\"", false },
        { "planner.camera", "\"rear\"", "planner.camera", "\"front\"", false },
        { "safety.stopSeconds", "0.2", "safety.stopSeconds", "at least 0.3", false },
        { "safety.toolSilentSeconds", "0.015", "safety.toolSilentSeconds", "two polls", false },
    };

    [Fact]
    public void The_reference_file_holds_in_loader_and_schema()
    {
        var robot = RobotFile.Load(Path.Combine(Folder, "xarm6-damiao.json"));
        Assert.Equal("xarm6-damiao", robot.Name);
        Assert.Equal(6, robot.Joints.Length);
        Assert.Equal(-3.8, robot.Joints[2].Limits.PositionRad[0]);
        Assert.Equal(5_000_000, robot.Buses[0].DataBitRate);
        Assert.Null(robot.Buses[1].DataBitRate);
        Assert.Empty(Schema.Check(JsonNode.Parse(Reference)));
    }

    [Theory]
    [MemberData(nameof(BrokenFields))]
    public void A_broken_field_is_named_with_what_was_found_and_what_is_allowed(string field, string? replacement, string path, string part, bool schemaSeesIt)
    {
        var broken = With(field, replacement);
        var error = Assert.Single(Errors(broken));
        Assert.Equal(path, error.Path);
        Assert.Contains(part, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(schemaSeesIt, Schema.Check(JsonNode.Parse(broken)).Count > 0);
    }

    [Fact]
    public void All_errors_are_listed_in_one_message()
    {
        var broken = With("loop.rateHz", "5", With("joints[4].limits.torqueNm", "9", With("planner.camera", "\"x\"")));
        var exception = Assert.Throws<RobotFileException>(() => RobotFile.Parse(Encoding.UTF8.GetBytes(broken), "arm.json"));
        Assert.Equal(["loop.rateHz", "joints[4].limits.torqueNm", "planner.camera"], exception.Errors.Select(static e => e.Path));
        Assert.StartsWith("arm.json: 3 errors", exception.Message, StringComparison.Ordinal);
        Assert.All(exception.Errors, error => Assert.Contains(error.ToString(), exception.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("joints[0].drive.canID", "canId", "joints[0].drive.canId")]
    [InlineData("safety.deviceSilenceSeconds", "deviceSilentSeconds", "safety.deviceSilentSeconds")]
    public void A_misspelt_field_gets_the_nearest_name(string misspelt, string meant, string missing)
    {
        var errors = Errors(With(misspelt, "1", With(missing, null)));
        Assert.Equal(2, errors.Count);
        Assert.Contains(errors, error => error.Path == missing && error.Allowed.Contains("required", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Path == misspelt && error.Allowed.StartsWith($"did you mean {meant}?", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"name\": nonsense}")]
    [InlineData("[]")]
    [InlineData("{\"\\ud800\": 1}")]
    [InlineData("{\"name\": \"\\ud800\"}")]
    [InlineData("{ /* no comments */ }")]
    [InlineData("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}")]
    public void What_is_no_object_of_json_is_one_error_of_the_whole_file(string text)
    {
        var error = Assert.Single(Errors(text));
        Assert.Equal("", error.Path);
    }

    [Fact]
    public void An_empty_object_lacks_every_field_and_nothing_else_is_said() =>
        Assert.All(Errors("{}"), error => Assert.Equal("the field is required", error.Allowed));

    [Fact]
    public void Planner_and_policy_look_through_one_camera()
    {
        var second = JsonNode.Parse(Reference)!["cameras"]![0]!.DeepClone();
        second["name"] = "rear";
        var error = Assert.Single(Errors(With("cameras[1]", second.ToJsonString(), With("planner.camera", "\"rear\""))));
        Assert.Equal("planner.camera", error.Path);
    }

    [Fact]
    public void A_field_that_stands_twice_is_an_error() =>
        Assert.Equal("found the field twice", Assert.Single(Errors(Reference.Replace("\"rateHz\": 1000,", "\"rateHz\": 1000, \"rateHz\": 500,", StringComparison.Ordinal))).ToString().Split(": ")[1].Split(';')[0]);

    [Fact]
    public void A_byte_order_mark_is_allowed() =>
        Assert.Equal("xarm6-damiao", RobotFile.Parse([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Reference)], "file").Name);

    [Fact]
    public void A_missing_or_overlong_file_is_an_error_of_the_same_kind()
    {
        Assert.Throws<RobotFileException>(() => RobotFile.Load(Path.Combine(Folder, "absent.json")));
        var exception = Assert.Throws<RobotFileException>(() => RobotFile.Parse(new byte[RobotFile.MaxBytes + 1], "long"));
        Assert.Contains("at most 1048576 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_every_flipped_byte_gives_a_robot_or_a_clear_error()
    {
        var bytes = Encoding.UTF8.GetBytes(Reference);
        var random = new Random(5);
        for (var trial = 0; trial < 2000; trial++)
        {
            var copy = bytes[..(trial % 4 == 0 ? random.Next(bytes.Length) : bytes.Length)];
            for (var k = random.Next(4); k > 0 && copy.Length > 0; k--)
                copy[random.Next(copy.Length)] = (byte)random.Next(256);
            try
            {
                Assert.NotNull(RobotFile.Parse(copy, "fuzz"));
            }
            catch (RobotFileException e)
            {
                Assert.NotEmpty(e.Errors);
            }
        }
    }

    [Fact]
    public void Package_folders_are_found_from_the_files_folder_upward()
    {
        var root = Directory.CreateTempSubdirectory("edge-robot-");
        try
        {
            var folder = root.CreateSubdirectory("a/b");
            var package = root.CreateSubdirectory("models/mine");
            var file = Path.Combine(folder.FullName, "robot.json");
            File.WriteAllText(file, With("policy.package", "\"models/mine\"", With("planner.package", "\"/nowhere/else\"")));
            var robot = RobotFile.Load(file);
            Assert.Equal(package.FullName, robot.Policy.Package);
            Assert.Equal("/nowhere/else", robot.Planner.Package);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void Package_folders_are_found_beside_the_program_at_last()
    {
        var folder = Directory.CreateTempSubdirectory("edge-robot-");
        try
        {
            var file = Path.Combine(folder.FullName, "robot.json");
            File.WriteAllText(file, With("policy.package", "\"robots\""));
            Assert.Equal(Path.Combine(AppContext.BaseDirectory, "robots"), RobotFile.Load(file).Policy.Package);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_schema_file_is_what_the_loaders_declarations_give()
    {
        // To write it anew: EDGE_WRITE_SCHEMA=$PWD/firmware-host/robots/robot.schema.json and run this test.
        if (Environment.GetEnvironmentVariable("EDGE_WRITE_SCHEMA") is { Length: > 0 } file)
            File.WriteAllText(file, RobotFile.Schema());
        else
            Assert.Equal(RobotFile.Schema(), SchemaText);
    }

    [Fact]
    public void The_schemas_properties_are_the_records_properties() => AssertSameShape(typeof(RobotDescription), JsonNode.Parse(SchemaText)!.AsObject(), "");

    private static void AssertSameShape(Type type, JsonObject schema, string path)
    {
        var properties = type.GetProperties().Where(static p => p.CanWrite).ToDictionary(static p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..]);
        var described = schema["properties"]!.AsObject();
        Assert.Equal(properties.Keys.Order(), described.Select(static p => p.Key).Where(static name => name != "$schema").Order());
        var nullability = new NullabilityInfoContext();
        var optional = properties.Where(p => nullability.Create(p.Value).WriteState == NullabilityState.Nullable).Select(static p => p.Key);
        Assert.Equal(properties.Keys.Except(optional).Order(), schema["required"]!.AsArray().Select(static name => (string)name!).Order());
        foreach (var (name, property) in properties)
        {
            var field = described[name]!.AsObject();
            Assert.False(string.IsNullOrWhiteSpace((string?)field["description"]), $"{path}.{name} has no description");
            var element = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
            if (element.Namespace == typeof(RobotDescription).Namespace)
                AssertSameShape(element, (property.PropertyType.IsArray ? field["items"] : field)!.AsObject(), $"{path}.{name}");
        }
    }

    private static IReadOnlyList<RobotFileError> Errors(string json) =>
        Assert.Throws<RobotFileException>(() => RobotFile.Parse(Encoding.UTF8.GetBytes(json), "test")).Errors;

    /// <summary>The reference file, or another, with one field replaced, added or (null) removed.</summary>
    private static string With(string field, string? replacement, string? json = null)
    {
        // A number that JSON allows and JsonNode would normalise stays as it is written: put it in as text.
        const string Mark = "\"@here@\"";
        var root = JsonNode.Parse(json ?? Reference)!;
        var steps = field.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        var node = root;
        foreach (var step in steps[..^1])
            node = step[0] == '[' ? node![int.Parse(step[1..^1])] : node![step];
        if (node is JsonArray array && steps[^1] == $"[{array.Count}]")
            array.Add(JsonNode.Parse(Mark));
        else if (steps[^1][0] == '[')
            node![int.Parse(steps[^1][1..^1])] = JsonNode.Parse(Mark);
        else if (replacement is null)
            node!.AsObject().Remove(steps[^1]);
        else
            node![steps[^1]] = JsonNode.Parse(Mark);
        return root.ToJsonString().Replace(Mark, replacement, StringComparison.Ordinal);
    }
}
