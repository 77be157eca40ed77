using Edge.Control.Motion;
using Edge.Robots;

namespace Edge.Control;

/// <summary>
/// The commanded motion: from a reference (chunk, home move, rest) by way of workspace box, inverse kinematics and joint limits to one joint command
/// per tick. Exactly one of its moves is called each tick. Allocates nothing.
/// </summary>
internal sealed class ArmMotion
{
    // A target out of reach for this long is no passing corner of the path.
    private const double UnreachableSeconds = 0.1;

    // A home move has arrived when the command is this close.
    private const double ArrivedRad = 1e-4;

    // A home move from among things first rises straight up to here (or to home, where that is lower), this fast on average.
    private const double RiseToZM = 0.18;
    private const double RiseMS = 0.12;

    private readonly RobotDescription _robot;
    private readonly ArmKinematics _kinematics;
    private readonly JointLimiter _limiter;
    private readonly JointMove _homeMove;
    private readonly ToolPathFollower _follower = new();
    private readonly double _periodSeconds;
    private readonly int _unreachableTicks;
    private JointVector _position;
    private JointVector _velocity;
    private JointVector _acceleration;
    private JointVector _target; // joint positions of the reference
    private JointVector _targetVelocity;
    private ToolMotion _reference;
    private bool _following;
    private long _followedNs;
    private long _followedAtNs; // when the above was brought up to date; only while following
    private long _contactNs;
    private double _floorZ = double.NegativeInfinity;
    private int _ticksUnreachable;
    private JointVector _home; // rad
    private ToolPose _riseFrom;
    private double _riseM;
    private long _riseStartNs;

    public ArmMotion(RobotDescription robot, ArmKinematics kinematics)
    {
        _robot = robot;
        _kinematics = kinematics;
        _periodSeconds = 1.0 / robot.Loop.RateHz;
        _unreachableTicks = (int)Math.Ceiling(UnreachableSeconds * robot.Loop.RateHz);
        _limiter = new JointLimiter(robot, _periodSeconds);
        _homeMove = new JointMove(robot);
        robot.HomeRad.CopyTo(_home);
    }

    /// <summary>Commanded joint positions, rad.</summary>
    public ref readonly JointVector PositionRad => ref _position;

    /// <summary>Commanded joint velocities, rad/s.</summary>
    public ref readonly JointVector VelocityRadS => ref _velocity;

    /// <summary>Tool pose of the commanded joints.</summary>
    public ToolPose Tool { get; private set; }

    /// <summary>The command becomes: at rest here, rad.</summary>
    public void HoldAt(in JointVector positionRad)
    {
        _position = positionRad;
        _velocity = _acceleration = default;
        _limiter.Reset(positionRad);
        _following = IsStandingStill = false;
        Tool = _kinematics.Forward(_position);
    }

    /// <summary>One tick of coming to rest. True: at rest.</summary>
    public bool Rest()
    {
        _following = IsStandingStill = false;
        var atRest = _limiter.StepToRest(ref _position, ref _velocity, ref _acceleration);
        Tool = _kinematics.Forward(_position);
        return atRest;
    }

    /// <summary>Begins the home move: straight up out of the things on the table, then in joint space. The command must be at rest.</summary>
    public void BeginHome(long nowNs)
    {
        _riseFrom = Tool;
        _riseM = Math.Max(0, Math.Min(RiseToZM, _kinematics.Forward(_home).Z) - Tool.Z);
        _riseStartNs = nowNs;
        _target = _position;
        if (_riseM == 0)
            BeginJointMove(nowNs);
    }

    /// <summary>One tick of the home move. True: arrived.</summary>
    public bool MoveHome(long nowNs)
    {
        if (_riseM > 0)
        {
            Rise(nowNs);
            return false;
        }

        var moving = _homeMove.Sample(nowNs, ref _target, ref _targetVelocity);
        Limit();
        for (var i = 0; i < _robot.Joints.Length && !moving; i++)
            moving = Math.Abs(_position[i] - _target[i]) > ArrivedRad;
        return !moving;
    }

    /// <summary>Standing still within a chunk that does not know of a contact.</summary>
    public bool IsStandingStill { get; private set; }

    /// <summary>How long chunks have been followed, ns; stands still while none is.</summary>
    public long FollowedNs(long nowNs) => _following && !IsStandingStill ? _followedNs + nowNs - _followedAtNs : _followedNs;

    /// <summary>Joins a verified chunk to the present motion.</summary>
    public void Join(ActionChunk chunk, long nowNs)
    {
        Advance(nowNs);
        if (!_following)
        {
            _following = true;
            _followedAtNs = nowNs;
            _ticksUnreachable = 0;
            _target = _position;
            _reference = new ToolMotion(Tool, default);
        }
        else
        {
            _reference = Reference();
        }

        // An answer to an observation from before the contact does not know of it: the arm goes on standing still.
        if (chunk.ObservationNs >= _contactNs)
        {
            IsStandingStill = false;
            _floorZ = double.NegativeInfinity;
        }

        _follower.Join(chunk, _followedNs, _reference);
    }

    /// <summary>
    /// The cup felt something that the present chunk does not know of: what that says next is void. The reference stands still, no lower than the command is, until a
    /// chunk that can know of it joins. No actions are consumed meanwhile, so that chunk is followed from its beginning, however late it comes.
    /// </summary>
    public void StandStill(long nowNs)
    {
        Advance(nowNs);
        _floorZ = Tool.Z;
        _contactNs = nowNs;
        IsStandingStill = _following;
    }

    /// <summary>One tick along the chunk. False: its path has been out of reach for too long.</summary>
    public bool Follow(long nowNs)
    {
        Advance(nowNs);
        _reference = Reference();
        var before = _target;
        var reached = _kinematics.TrySolve(_reference.Pose, ref _target);
        _ticksUnreachable = reached ? 0 : _ticksUnreachable + 1;
        for (var i = 0; i < _robot.Joints.Length; i++)
            _targetVelocity[i] = (_target[i] - before[i]) / _periodSeconds;
        Limit();
        return _ticksUnreachable < _unreachableTicks;
    }

    /// <summary>See <see cref="ToolPathFollower.JoinGapM"/>.</summary>
    public double JoinGapM => _follower.JoinGapM;

    /// <summary>See <see cref="ToolPathFollower.IsOver"/>. Standing still takes as long at most as the rest of the chunk would have.</summary>
    public bool IsOver(long nowNs) => _follower.IsOver(FollowedNs(nowNs) + (IsStandingStill ? nowNs - _contactNs : 0));

    /// <summary>See <see cref="ToolPathFollower.StepsConsumed"/>.</summary>
    public int StepsConsumed(long nowNs) => _following ? _follower.StepsConsumed(FollowedNs(nowNs)) : 0;

    /// <summary>See <see cref="ToolPathFollower.Suction"/>.</summary>
    public bool Suction(long nowNs, bool before) => _follower.Suction(FollowedNs(nowNs), before);

    private ToolMotion Reference()
    {
        var motion = _follower.Sample(_followedNs);
        return Confine(IsStandingStill ? motion with { Velocity = default } : motion);
    }

    private void Advance(long nowNs)
    {
        _followedNs = FollowedNs(nowNs);
        _followedAtNs = nowNs;
    }

    private void BeginJointMove(long nowNs)
    {
        _riseM = 0;
        _homeMove.Begin(_position, _home, nowNs);
    }

    private void Rise(long nowNs)
    {
        var s = (nowNs - _riseStartNs) * 1e-9 * RiseMS / _riseM;
        if (s >= 1)
        {
            // From here on in joint space, whatever height was reached; the limiter carries the last of the rise over.
            BeginJointMove(nowNs);
            MoveHome(nowNs);
            return;
        }

        // 3 s^2 - 2 s^3: from rest to rest; the limiter smooths its corners.
        var z = _riseFrom.Z + (_riseM * s * s * (3 - (2 * s)));
        var before = _target;
        _kinematics.TrySolve(_riseFrom with { Z = z }, ref _target);
        for (var i = 0; i < _robot.Joints.Length; i++)
            _targetVelocity[i] = (_target[i] - before[i]) / _periodSeconds;
        Limit();
    }

    private void Limit()
    {
        _limiter.Step(_target, _targetVelocity, ref _position, ref _velocity, ref _acceleration);
        Tool = _kinematics.Forward(_position);
    }

    private ToolMotion Confine(in ToolMotion motion)
    {
        var box = _robot.WorkspaceM;
        var (x, dx) = Clamp(motion.Pose.X, motion.Velocity.X, box.Min[0], box.Max[0]);
        var (y, dy) = Clamp(motion.Pose.Y, motion.Velocity.Y, box.Min[1], box.Max[1]);
        var (z, dz) = Clamp(motion.Pose.Z, motion.Velocity.Z, Math.Min(Math.Max(box.Min[2], _floorZ), box.Max[2]), box.Max[2]);
        return new ToolMotion(new ToolPose(x, y, z, motion.Pose.Yaw), new ToolVelocity(dx, dy, dz, motion.Velocity.Yaw));
    }

    private static (double Position, double Velocity) Clamp(double position, double velocity, double min, double max) =>
        position < min ? (min, Math.Max(0, velocity)) : position > max ? (max, Math.Min(0, velocity)) : (position, velocity);
}
