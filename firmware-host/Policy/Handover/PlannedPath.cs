using Edge.Control;

namespace Edge.Policy.Handover;

/// <summary>A copy of a chunk that was handed over, to be read at any time on the clock of <see cref="RobotSnapshot.FollowedNs"/>: straight lines between its poses.</summary>
internal sealed class PlannedPath
{
    private readonly ToolPose[] _poses = new ToolPose[ActionChunk.CapacitySteps + 1]; // the anchor, then the steps
    private readonly bool[] _suction = new bool[ActionChunk.CapacitySteps];
    private long _startNs;
    private long _stepNs;
    private int _steps;

    /// <summary>When the last step is due.</summary>
    public long EndNs => _startNs + (_steps * _stepNs);

    /// <summary>Copies a chunk.</summary>
    public void Take(ActionChunk chunk)
    {
        (_startNs, _stepNs, _steps) = (chunk.ObservationFollowedNs, chunk.StepNs, chunk.Steps);
        _poses[0] = chunk.Anchor;
        chunk.Poses.AsSpan(0, _steps).CopyTo(_poses.AsSpan(1));
        chunk.Suction.AsSpan(0, _steps).CopyTo(_suction);
    }

    /// <summary>Forgets the chunk: nothing is covered.</summary>
    public void Clear() => (_startNs, _steps) = (long.MinValue, 0);

    /// <summary>The chunk says where the tool is to be then.</summary>
    public bool Covers(long followedNs) => followedNs > _startNs && followedNs <= EndNs;

    /// <summary>Where the tool is to be; only where covered.</summary>
    public ToolPose PoseAt(long followedNs)
    {
        var steps = (followedNs - _startNs) / (double)_stepNs;
        var k = Math.Min((int)steps, _steps - 1);
        ref readonly var a = ref _poses[k];
        ref readonly var b = ref _poses[k + 1];
        var s = steps - k;
        return new(
            a.X + ((b.X - a.X) * s), a.Y + ((b.Y - a.Y) * s), a.Z + ((b.Z - a.Z) * s), a.Yaw + (Math.IEEERemainder(b.Yaw - a.Yaw, Math.Tau) * s));
    }

    /// <summary>Suction of the step that is due then, to the nearest step; only where covered.</summary>
    public bool SuctionAt(long followedNs) => _suction[Math.Clamp((int)Math.Round((followedNs - _startNs) / (double)_stepNs) - 1, 0, _steps - 1)];
}
