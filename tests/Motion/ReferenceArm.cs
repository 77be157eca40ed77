using Edge.Control;
using Edge.Robots;

namespace Edge.Tests.Motion;

/// <summary>The reference robot, and helpers for joint vectors.</summary>
internal static class ReferenceArm
{
    public static RobotDescription Robot { get; } = RobotFile.Load(Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json"));

    public static JointVector Joints(params double[] values)
    {
        var vector = default(JointVector);
        for (var i = 0; i < values.Length; i++)
            vector[i] = values[i];
        return vector;
    }

    public static JointVector Home => Joints(Robot.HomeRad);
}
