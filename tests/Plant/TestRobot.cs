using Edge.Robots;

namespace Edge.Tests.Plant;

/// <summary>The reference robot, as the tests of the plant need it.</summary>
internal static class TestRobot
{
    public static RobotDescription Load() => RobotFile.Load(Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json"));
}
