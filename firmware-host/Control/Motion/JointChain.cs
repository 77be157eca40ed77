using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>The joints' fixed offsets, ready to be walked from base to flange. Immutable, so any thread may walk it.</summary>
internal sealed class JointChain
{
    private readonly Offset[] _offsets;

    public JointChain(RobotDescription robot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        if (robot.Joints.Length is 0 or > JointVector.Capacity)
            throw new ArgumentException($"A robot has 1 to {JointVector.Capacity} joints; '{robot.Name}' has {robot.Joints.Length}.", nameof(robot));
        _offsets = Array.ConvertAll(robot.Joints, static joint =>
        {
            var (sin, cos) = Math.SinCos(joint.OriginRollRad);
            return new Offset(joint.OriginM[0], joint.OriginM[1], joint.OriginM[2], sin, cos);
        });
    }

    public int Count => _offsets.Length;

    /// <summary>Goes from a joint's parent frame to the joint's own frame, whose z is the joint's axis.</summary>
    public void Advance(ref ToolFrame frame, int joint, double positionRad)
    {
        ref readonly var offset = ref _offsets[joint];
        frame.Translate(offset.X, offset.Y, offset.Z);
        frame.TurnAboutX(offset.SinRoll, offset.CosRoll);
        var (sin, cos) = Math.SinCos(positionRad);
        frame.TurnAboutZ(sin, cos);
    }

    private readonly record struct Offset(double X, double Y, double Z, double SinRoll, double CosRoll);
}
