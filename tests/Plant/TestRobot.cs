using System.Text.Json;
using Edge.Robots;

namespace Edge.Tests.Plant;

/// <summary>The reference robot, as the tests of the plant need it.</summary>
internal static class TestRobot
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static RobotDescription Load() =>
        JsonSerializer.Deserialize<RobotDescription>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json")), Options)!;
}
