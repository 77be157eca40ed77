using Edge.Drives;
using Edge.Robots;

namespace Edge.Control;

/// <summary>The questions that the self-test asks once and the loop asks every tick: who is silent, who is in error, who is where it must not be.</summary>
internal sealed class Watchdogs
{
    /// <summary>How far a measured joint may be outside its limits: the drives' resolution, and the give of an arm that leans on a stop.</summary>
    public const double PositionMarginRad = 0.02;

    private readonly RobotDescription _robot;
    private readonly JointDrives _drives;
    private readonly ISuctionTool _tool;
    private readonly long _toolSilentNs;
    private readonly long _cameraTimeoutNs;
    private long _lastFrameNs;

    public Watchdogs(RobotDescription robot, JointDrives drives, ISuctionTool tool)
    {
        (_robot, _drives, _tool) = (robot, drives, tool);
        Camera = Array.Find(robot.Cameras, camera => camera.Name == robot.Policy.Camera)
            ?? throw new ArgumentException($"policy.camera is \"{robot.Policy.Camera}\", but no camera has that name.", nameof(robot));
        _toolSilentNs = (long)(robot.Safety.ToolSilentSeconds * 1e9);
        _cameraTimeoutNs = (long)(Camera.TimeoutSeconds * 1e9);
    }

    /// <summary>The camera that the policy looks through.</summary>
    public CameraDescription Camera { get; }

    /// <summary>When that camera last delivered; written by its thread. 0: never.</summary>
    public long LastFrameNs
    {
        get => Volatile.Read(ref _lastFrameNs);
        set => Volatile.Write(ref _lastFrameNs, value);
    }

    /// <summary>The camera has not delivered for longer than allowed.</summary>
    public bool IsCameraLost(long nowNs) => LastFrameNs == 0 || nowNs - LastFrameNs > _cameraTimeoutNs;

    /// <summary>The tool has not replied for longer than allowed.</summary>
    public bool IsToolSilent(long nowNs) => _tool.Feedback.ReceivedNs == 0 || nowNs - _tool.Feedback.ReceivedNs > _toolSilentNs;

    /// <summary>A device that is silent: a joint's index, <see cref="RobotSnapshot.ToolDevice"/>, or -1 for none.</summary>
    public int FirstSilent(long nowNs) => _drives.FirstSilent(nowNs) is >= 0 and var joint ? joint : IsToolSilent(nowNs) ? RobotSnapshot.ToolDevice : -1;

    /// <summary>A device that reports an error, numbered alike.</summary>
    public int FirstError() => _drives.FirstError() is >= 0 and var joint ? joint : _tool.Feedback.ErrorBits != 0 ? RobotSnapshot.ToolDevice : -1;

    /// <summary>First joint that is measured (rad) outside its limits; -1 for none. What is no number is outside.</summary>
    public int FirstOutside(in JointVector positionRad)
    {
        for (var i = 0; i < _robot.Joints.Length; i++)
        {
            var limits = _robot.Joints[i].Limits.PositionRad;
            if (!(positionRad[i] >= limits[0] - PositionMarginRad && positionRad[i] <= limits[1] + PositionMarginRad))
                return i;
        }

        return -1;
    }

    /// <summary>
    /// First joint that is outside its limits or too far from its command (rad); -1 for none. Of a silent drive nothing is known: that is another cause.
    /// </summary>
    public int FirstAstray(in JointVector positionRad, in JointVector commandRad, long nowNs)
    {
        var outside = FirstOutside(positionRad);
        if (outside >= 0 && !_drives.IsSilent(outside, nowNs))
            return outside;
        for (var i = 0; i < _robot.Joints.Length; i++)
        {
            if (Math.Abs(positionRad[i] - commandRad[i]) > _robot.Joints[i].Limits.TrackingErrorRad && !_drives.IsSilent(i, nowNs))
                return i;
        }

        return -1;
    }
}
