using Edge.Control;
using Edge.Hil.Emulation;
using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Lockstep;
using Edge.Hil.Monitor;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>Watches an episode with a bus monitor that looks only at what follows each join of a chunk, where seams would show.</summary>
internal sealed class SeamWatch(RobotDescription robot) : IMitObserver
{
    /// <summary>A seam is over when the loop has faded it out, in the ordinary case.</summary>
    private const long SeamNs = 250_000_000;

    private readonly BusMonitor _seams = new(robot, exactTiming: true);
    private readonly List<double> _gapsM = [];
    private long _joined;
    private ControlState _stateBefore;
    private long _untilNs;

    /// <summary>Distances between the motion and the chunks that were joined to it while it moved, metres.</summary>
    public IReadOnlyList<double> GapsM => _gapsM;

    /// <summary>Largest certain jerk after a join, as a share of the joint's limit.</summary>
    public double SeamJerkShare => 1 - _seams.Report().Joints.Min(joint => joint.JerkRadS3.Margin);

    /// <inheritdoc/>
    public void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs)
    {
        if (nowNs < _untilNs)
            _seams.OnMitCommand(joint, command, format, energyEpoch, nowNs);
    }

    /// <summary>After every step of the rig.</summary>
    public void After(LockstepRig rig)
    {
        var robotNow = rig.Robot;
        if (robotNow.ChunksJoined != _joined)
        {
            // A chunk after a rest has nothing to be seamless with.
            if (_stateBefore == ControlState.Running)
                _gapsM.Add(robotNow.JoinGapM);
            _joined = robotNow.ChunksJoined;
            _untilNs = rig.NowNs + SeamNs;
        }

        _stateBefore = robotNow.State;
    }
}
