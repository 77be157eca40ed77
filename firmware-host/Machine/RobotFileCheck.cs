using Edge.Robots;

namespace Edge.Machine;

/// <summary>The robot file. It was read, else there would be no table.</summary>
public sealed class RobotFileCheck(RobotDescription robot) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "robot file";

    /// <inheritdoc/>
    public Finding Look() => Finding.Ok($"{robot.Name}: {robot.Joints.Length} joints, loop {robot.Loop.RateHz} Hz");
}
