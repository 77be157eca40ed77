using Edge.Drives;
using Edge.Robots;

namespace Edge.Control;

/// <summary>
/// All joint drives of the robot behind one face in joint coordinates: joint = sign * (drive - offset), so drive = sign * joint + offset;
/// velocities and torques change their sign only. Allocates nothing after construction.
/// </summary>
internal sealed class JointDrives
{
    private readonly JointDescription[] _joints;
    private readonly IDriveGroup[] _groups;
    private readonly int[] _groupOfJoint;
    private readonly int[] _indexInGroup;
    private readonly long _silentNs;

    /// <summary>Joins the joints to the groups, one per bus in the order in which the joints name the buses; within a group the joints keep their order.</summary>
    public JointDrives(RobotDescription robot, IReadOnlyList<IDriveGroup> groups)
    {
        _joints = robot.Joints;
        _groups = [.. groups];
        _silentNs = (long)(robot.Safety.DeviceSilentSeconds * 1e9);
        _groupOfJoint = new int[_joints.Length];
        _indexInGroup = new int[_joints.Length];
        var buses = _joints.Select(joint => joint.Drive.Bus).Distinct().ToList();
        if (buses.Count != groups.Count)
            throw new ArgumentException($"There are {groups.Count} drive groups, but the joints are on {buses.Count} buses ({string.Join(", ", buses)}).", nameof(groups));

        var counts = new int[buses.Count];
        for (var i = 0; i < _joints.Length; i++)
        {
            var group = buses.IndexOf(_joints[i].Drive.Bus);
            (_groupOfJoint[i], _indexInGroup[i]) = (group, counts[group]++);
        }

        for (var group = 0; group < groups.Count; group++)
        {
            if (counts[group] != groups[group].Count)
                throw new ArgumentException($"The drive group on bus \"{buses[group]}\" has {groups[group].Count} drives, the robot file has {counts[group]} joints there.", nameof(groups));
        }
    }

    /// <summary>Number of joints.</summary>
    public int Count => _joints.Length;

    /// <summary>Drains all buses and writes what the drives last said, in joint coordinates (rad, rad/s, Nm).</summary>
    public void Receive(long nowNs, ref JointVector positionRad, ref JointVector velocityRadS, ref JointVector torqueNm)
    {
        foreach (var group in _groups)
            group.Receive(nowNs);
        for (var i = 0; i < _joints.Length; i++)
        {
            ref readonly var feedback = ref Feedback(i);
            var drive = _joints[i].Drive;
            positionRad[i] = drive.Sign * (feedback.PositionRad - drive.OffsetRad);
            velocityRadS[i] = drive.Sign * feedback.VelocityRadS;
            torqueNm[i] = drive.Sign * feedback.TorqueNm;
        }
    }

    /// <summary>Newest feedback of a joint's drive, in drive coordinates.</summary>
    public ref readonly DriveFeedback Feedback(int joint) => ref _groups[_groupOfJoint[joint]].Feedback(_indexInGroup[joint]);

    /// <summary>The drive has not replied for longer than allowed.</summary>
    public bool IsSilent(int joint, long nowNs)
    {
        var receivedNs = Feedback(joint).ReceivedNs;
        return receivedNs == 0 || nowNs - receivedNs > _silentNs;
    }

    /// <summary>First joint whose drive is silent; -1 for none.</summary>
    public int FirstSilent(long nowNs)
    {
        for (var i = 0; i < _joints.Length; i++)
        {
            if (IsSilent(i, nowNs))
                return i;
        }

        return -1;
    }

    /// <summary>First joint whose drive reports an error; -1 for none.</summary>
    public int FirstError()
    {
        for (var i = 0; i < _joints.Length; i++)
        {
            if (Feedback(i).ErrorCode != 0)
                return i;
        }

        return -1;
    }

    /// <summary>First joint whose drive's energy is not as said; -1 for none.</summary>
    public int FirstWithEnergy(bool enabled)
    {
        for (var i = 0; i < _joints.Length; i++)
        {
            if (Feedback(i).Enabled == enabled)
                return i;
        }

        return -1;
    }

    /// <summary>Sets the command of all drives: positions and velocities (rad, rad/s) with the robot file's gains, and feed-forward torques (Nm).</summary>
    public void Command(in JointVector positionRad, in JointVector velocityRadS, in JointVector torqueNm)
    {
        for (var i = 0; i < _joints.Length; i++)
        {
            var drive = _joints[i].Drive;
            _groups[_groupOfJoint[i]].Command(_indexInGroup[i], new DriveCommand
            {
                PositionRad = (drive.Sign * positionRad[i]) + drive.OffsetRad,
                VelocityRadS = drive.Sign * velocityRadS[i],
                KpNmPerRad = drive.Kp,
                KdNmSPerRad = drive.Kd,
                TorqueNm = drive.Sign * torqueNm[i],
            });
        }
    }

    /// <summary>Writes this tick's frames to all buses.</summary>
    public void Send(long nowNs)
    {
        foreach (var group in _groups)
            group.Send(nowNs);
    }

    /// <summary>Moves every group's start-up conversation on: failed if one failed, busy while one is.</summary>
    public ConfigureState Configure(long nowNs)
    {
        var state = ConfigureState.Done;
        foreach (var group in _groups)
        {
            var one = group.Configure(nowNs);
            if (one == ConfigureState.Failed || (one == ConfigureState.Busy && state == ConfigureState.Done))
                state = one;
        }

        return state;
    }

    /// <summary>The groups' own words on why the conversation failed.</summary>
    public string ConfigureError() => string.Join(" ", _groups.Select(group => group.ConfigureError).Where(error => error.Length > 0));

    /// <summary>Asks all drives for energy, or for none. Only the control loop calls this, with what its state machine says.</summary>
    public void RequestEnable(bool enable)
    {
        foreach (var group in _groups)
            group.RequestEnable(enable);
    }

    /// <summary>Asks all drives to forget latched errors.</summary>
    public void RequestClearErrors()
    {
        foreach (var group in _groups)
            group.RequestClearErrors();
    }
}
