namespace Edge.Control.Motion;

/// <summary>
/// Plays a chunk: a smooth path through its poses, joined without a jump in position or velocity. Copies the chunk, allocates nothing.
/// Every time but an observation's age is on the clock of <see cref="RobotSnapshot.FollowedNs"/>.
/// </summary>
public sealed class ToolPathFollower
{
    /// <summary>
    /// How long a new chunk's difference to the present motion takes to fade at least, in steps: shorter than the time to the next chunk,
    /// long enough for the millimetres that chunks differ by.
    /// </summary>
    public const int BlendSteps = 2;

    // A larger difference fades at about this speed, half of what the arm does in the middle of its table.
    private const double BlendSpeedMS = 0.25;
    private const double BlendSpeedRadS = 1;

    private readonly ToolPose[] _poses = new ToolPose[ActionChunk.CapacitySteps + 1]; // the anchor, then the steps
    private readonly ToolPose[] _slopes = new ToolPose[ActionChunk.CapacitySteps + 1]; // change per step at each pose
    private readonly bool[] _suction = new bool[ActionChunk.CapacitySteps];
    private int _steps;
    private long _startNs;
    private long _stepNs = 1;
    private long _joinedNs;
    private long _blendNs = 1;
    private ToolPose _offset; // present motion minus the new path at the join, and its slope per blend
    private ToolPose _offsetSlope;

    /// <summary>How long the newest join takes to fade.</summary>
    public long BlendNs => _blendNs;

    /// <summary>Distance between the motion and the newest chunk where it was joined, metres.</summary>
    public double JoinGapM { get; private set; }

    /// <summary>Is the chunk usable? <see cref="ReactionCause.None"/>, or why not.</summary>
    public static ReactionCause Verify(ActionChunk chunk, long nowNs, long followedNs, long maxAgeNs)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Steps is < 1 or > ActionChunk.CapacitySteps || chunk.StepNs is < 1_000_000 or > 1_000_000_000 || chunk.ObservationNs > nowNs
            || chunk.ObservationFollowedNs > followedNs || !IsFinite(chunk.Anchor))
        {
            return ReactionCause.ChunkInvalid;
        }

        for (var i = 0; i < chunk.Steps; i++)
        {
            if (!IsFinite(chunk.Poses[i]))
                return ReactionCause.ChunkInvalid;
        }

        var consumedNs = followedNs - chunk.ObservationFollowedNs;
        return nowNs - chunk.ObservationNs > maxAgeNs || consumedNs >= chunk.Steps * chunk.StepNs ? ReactionCause.ChunkStale : ReactionCause.None;
    }

    /// <summary>Takes a verified chunk; the path goes on from <paramref name="present"/> and reaches the chunk's own after <see cref="BlendNs"/>.</summary>
    public void Join(ActionChunk chunk, long followedNs, in ToolMotion present)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        _steps = chunk.Steps;
        _startNs = chunk.ObservationFollowedNs;
        _stepNs = chunk.StepNs;
        _poses[0] = chunk.Anchor;
        for (var i = 0; i < _steps; i++)
        {
            // Yaw is made continuous, so that a pose beyond half a turn is the short way on.
            var pose = chunk.Poses[i];
            _poses[i + 1] = pose with { Yaw = _poses[i].Yaw + ShortestTurn(pose.Yaw - _poses[i].Yaw) };
            _suction[i] = chunk.Suction[i];
        }

        FindSlopes();
        var path = Path(followedNs);
        _joinedNs = followedNs;
        _offset = new ToolPose(
            present.Pose.X - path.Pose.X, present.Pose.Y - path.Pose.Y, present.Pose.Z - path.Pose.Z, ShortestTurn(present.Pose.Yaw - path.Pose.Yaw));
        JoinGapM = Math.Sqrt((_offset.X * _offset.X) + (_offset.Y * _offset.Y) + (_offset.Z * _offset.Z));
        var fadeSeconds = Math.Max(BlendSteps * _stepNs * 1e-9, Math.Max(JoinGapM / BlendSpeedMS, Math.Abs(_offset.Yaw) / BlendSpeedRadS));
        _blendNs = (long)(Math.Min(fadeSeconds, 60) * 1e9);
        var blendSeconds = _blendNs * 1e-9;
        _offsetSlope = new ToolPose(
            (present.Velocity.X - path.Velocity.X) * blendSeconds,
            (present.Velocity.Y - path.Velocity.Y) * blendSeconds,
            (present.Velocity.Z - path.Velocity.Z) * blendSeconds,
            (present.Velocity.Yaw - path.Velocity.Yaw) * blendSeconds);
    }

    /// <summary>Where the tool is to be now.</summary>
    public ToolMotion Sample(long followedNs)
    {
        var path = Path(followedNs);
        var s = (followedNs - _joinedNs) / (double)_blendNs;
        if (s >= 1)
            return path;

        // Cubic Hermite from (offset, its slope) to nothing.
        double position = (((2 * s) - 3) * s * s) + 1, slope = s * (1 - s) * (1 - s);
        var scale = 1e9 / _blendNs;
        double positionRate = 6 * s * (s - 1) * scale, slopeRate = (1 - s) * (1 - (3 * s)) * scale;
        return new ToolMotion(
            new ToolPose(
                path.Pose.X + (_offset.X * position) + (_offsetSlope.X * slope),
                path.Pose.Y + (_offset.Y * position) + (_offsetSlope.Y * slope),
                path.Pose.Z + (_offset.Z * position) + (_offsetSlope.Z * slope),
                path.Pose.Yaw + (_offset.Yaw * position) + (_offsetSlope.Yaw * slope)),
            new ToolVelocity(
                path.Velocity.X + (_offset.X * positionRate) + (_offsetSlope.X * slopeRate),
                path.Velocity.Y + (_offset.Y * positionRate) + (_offsetSlope.Y * slopeRate),
                path.Velocity.Z + (_offset.Z * positionRate) + (_offsetSlope.Z * slopeRate),
                path.Velocity.Yaw + (_offset.Yaw * positionRate) + (_offsetSlope.Yaw * slopeRate)));
    }

    /// <summary>Steps whose time has come.</summary>
    public int StepsConsumed(long followedNs) => (int)Math.Clamp((followedNs - _startNs) / _stepNs, 0, _steps);

    /// <summary>The last step's time has passed.</summary>
    public bool IsOver(long followedNs) => followedNs - _startNs >= _steps * _stepNs;

    /// <summary>Suction of the newest step whose time has come; before the first, what it was.</summary>
    public bool Suction(long followedNs, bool before)
    {
        var consumed = StepsConsumed(followedNs);
        return consumed == 0 ? before : _suction[consumed - 1];
    }

    private static bool IsFinite(in ToolPose pose) => double.IsFinite(pose.X + pose.Y + pose.Z + pose.Yaw);

    private static double ShortestTurn(double radians) => Math.IEEERemainder(radians, Math.Tau);

    private ToolMotion Path(long followedNs)
    {
        var steps = Math.Clamp((followedNs - _startNs) / (double)_stepNs, 0, _steps);
        var k = Math.Min((int)steps, _steps - 1);
        var s = steps - k;
        ref readonly var a = ref _poses[k];
        ref readonly var b = ref _poses[k + 1];
        ref readonly var da = ref _slopes[k];
        ref readonly var db = ref _slopes[k + 1];

        // Cubic Hermite basis and its derivative per second.
        double b1 = s * s * (3 - (2 * s)), a1 = 1 - b1, a2 = s * (1 - s) * (1 - s), b2 = s * s * (s - 1);
        var scale = steps >= _steps ? 0 : 1e9 / _stepNs; // beyond its last pose the path stands still
        double b1Rate = 6 * s * (1 - s) * scale, a2Rate = (1 - s) * (1 - (3 * s)) * scale, b2Rate = s * ((3 * s) - 2) * scale;
        return new ToolMotion(
            new ToolPose(
                (a.X * a1) + (b.X * b1) + (da.X * a2) + (db.X * b2),
                (a.Y * a1) + (b.Y * b1) + (da.Y * a2) + (db.Y * b2),
                (a.Z * a1) + (b.Z * b1) + (da.Z * a2) + (db.Z * b2),
                (a.Yaw * a1) + (b.Yaw * b1) + (da.Yaw * a2) + (db.Yaw * b2)),
            new ToolVelocity(
                ((b.X - a.X) * b1Rate) + (da.X * a2Rate) + (db.X * b2Rate),
                ((b.Y - a.Y) * b1Rate) + (da.Y * a2Rate) + (db.Y * b2Rate),
                ((b.Z - a.Z) * b1Rate) + (da.Z * a2Rate) + (db.Z * b2Rate),
                ((b.Yaw - a.Yaw) * b1Rate) + (da.Yaw * a2Rate) + (db.Yaw * b2Rate)));
    }

    private void FindSlopes()
    {
        for (var i = 0; i <= _steps; i++)
        {
            ref readonly var before = ref _poses[Math.Max(i, 1) - 1];
            ref readonly var here = ref _poses[i];
            ref readonly var after = ref _poses[Math.Min(i + 1, _steps)];
            _slopes[i] = i == 0 ? Difference(here, after)
                : i == _steps ? Difference(before, here)
                : new ToolPose(
                    Slope(here.X - before.X, after.X - here.X),
                    Slope(here.Y - before.Y, after.Y - here.Y),
                    Slope(here.Z - before.Z, after.Z - here.Z),
                    Slope(here.Yaw - before.Yaw, after.Yaw - here.Yaw));
        }

        static ToolPose Difference(in ToolPose a, in ToolPose b) => new(b.X - a.X, b.Y - a.Y, b.Z - a.Z, b.Yaw - a.Yaw);
    }

    /// <summary>
    /// Harmonic mean of the neighbouring changes, zero at a turning point (Fritsch and Butland, 1984): the path never overshoots a pose,
    /// so a descent that ends on an object does not dip into it, as Catmull-Rom's would.
    /// </summary>
    private static double Slope(double before, double after) => before * after <= 0 ? 0 : 2 * before * after / (before + after);
}
