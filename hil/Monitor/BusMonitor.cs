using Edge.Hil.Emulation;
using Edge.Hil.Emulation.Damiao;
using Edge.Robots;

namespace Edge.Hil.Monitor;

/// <summary>
/// The rig's witness: from the MIT commands on the bus alone, decides whether the controller kept the robot file's limits on position, velocity,
/// acceleration, jerk and feed-forward torque. Needs constant memory, allocates nothing after construction, and knows nothing of the controller.
/// </summary>
/// <remarks>
/// <para>
/// Velocity, acceleration and jerk are read from differences of the commanded positions, and again from the commanded velocities; see
/// <c>DifferenceCheck</c> for what can be told with certainty through the frames' coarse steps.
/// </para>
/// <para>
/// The n-th command to a drive counts as meant for time n / rate: a controller computes its motion a period at a time, and arrival times carry the
/// jitter of two processes, which a third derivative would magnify. Three checks hold that assumption: more commands than periods are a violation of
/// their own; a longer gap restarts the windows; and a step across a gap must be within reach of the velocity limit.
/// Commands while a drive has no energy, or whose gain makes them ineffective, are not commands.
/// </para>
/// </remarks>
public sealed class BusMonitor : IMitObserver
{
    private readonly JointMonitor[] _joints;
    private readonly string _robot;

    /// <summary>Makes a monitor of all joints of a robot.</summary>
    /// <param name="robot">Its limits and its loop rate are what the commands are held against.</param>
    /// <param name="exactTiming">True in lockstep, where a missing command shows at once; false in real time, where commands may arrive in clusters.</param>
    public BusMonitor(RobotDescription robot, bool exactTiming)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _robot = robot.Name;
        var maxGapSeconds = (exactTiming ? 1.5 : robot.Loop.MaxMissedTicksInARow + 1) / robot.Loop.RateHz;
        _joints = [.. robot.Joints.Select(joint => new JointMonitor(joint, robot.Loop.RateHz, maxGapSeconds))];
    }

    /// <inheritdoc/>
    public void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs) =>
        _joints[joint].OnCommand(in command, in format, energyEpoch, nowNs);

    /// <summary>What was seen since construction.</summary>
    public MonitorReport Report()
    {
        JointReport[] joints = [.. _joints.Select(joint => joint.Report())];
        return new MonitorReport(_robot, joints.Sum(joint => joint.Frames), joints.Sum(joint => joint.Violations), joints);
    }
}
