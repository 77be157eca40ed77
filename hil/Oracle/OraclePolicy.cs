using Edge.Control;
using Edge.Policy;

namespace Edge.Hil.Oracle;

/// <summary>
/// The expert behind the policy's interface, for planners under test, for baselines, and as the teacher. It sees the plant's ground truth where the learned
/// policy sees a picture.
/// </summary>
public sealed class OraclePolicy : IChunkPolicy
{
    /// <summary>Steps of a chunk.</summary>
    public const int Horizon = 16;

    private readonly IPlantTruth _truth;
    private readonly double[] _progress = new double[Horizon];
    private Subtask? _subtask;
    private ToolPose _home;
    private double _x, _y;
    private bool _isHomeKnown;
    private bool _isNew;

    /// <summary>Takes the ground truth, and the home pose (without one: where the arm is when the first subtask begins).</summary>
    public OraclePolicy(IPlantTruth truth, ToolPose? home = null)
    {
        _truth = truth;
        _isHomeKnown = home is not null;
        _home = home ?? default;
    }

    /// <inheritdoc/>
    public long StepNs => 100_000_000;

    /// <inheritdoc/>
    public int ObservationSteps => 1;

    /// <inheritdoc/>
    public void Begin(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        if (!Expert.Knows(subtask.Function))
            throw new ArgumentException($"The expert has no rule for call {subtask.Function} ({subtask.Text}).", nameof(subtask));
        (_subtask, _isNew) = (subtask, true);
    }

    /// <inheritdoc/>
    public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var subtask = _subtask ?? throw new InvalidOperationException("Infer before Begin.");
        var observation = history[^1];
        var state = StateOf(observation);
        chunk.SubtaskId = subtask.Id;
        chunk.ObservationNs = observation.TimeNs;
        chunk.StepNs = StepNs;
        chunk.Steps = Horizon;
        chunk.Anchor = state.Tool;
        Expert.Rollout(subtask.Function, state, Goal(subtask, state), chunk.Poses.AsSpan(0, Horizon), chunk.Suction.AsSpan(0, Horizon), _progress);
        return (float)_progress[0];
    }

    /// <summary>Progress before each step of the newest chunk.</summary>
    public ReadOnlySpan<double> Progress => _progress;

    /// <summary>Height of the cup's lip at which contact was expected by the newest chunk, metres.</summary>
    public double ContactZ { get; private set; }

    /// <summary>Where the subtask's first half really takes place: at the thing that stands there, or at the target itself. The second half goes where it is told.</summary>
    public ToolPose TrueTarget(Subtask subtask)
    {
        var meant = Meant(subtask);
        return meant < 0 ? subtask.Target : subtask.Target with { X = _truth.Thing(meant).X, Y = _truth.Thing(meant).Y };
    }

    /// <summary>What the expert's rule sees of an observation.</summary>
    public static ExpertState StateOf(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        ref readonly var robot = ref observation.Robot;
        return new ExpertState(robot.CommandedTool, robot.SuctionOn, robot.Sealed, robot.Pressed, observation.PressedSinceStart, observation.SealedSinceStart,
            observation.ReleasedSinceStart);
    }

    private ExpertGoal Goal(Subtask subtask, in ExpertState state)
    {
        if (!_isHomeKnown)
        {
            _home = state.Tool;
            _isHomeKnown = true;
        }

        if (_isNew || !Expert.Of(subtask.Function).KeepsTarget(state))
        {
            var target = TrueTarget(subtask);
            (_x, _y, _isNew) = (target.X, target.Y, false);
            ContactZ = SupportZ(_x, _y, _truth.HeldThing) + _truth.HeldDepthM;
        }

        return new ExpertGoal(_x, _y, ContactZ, _truth.HeldDepthM, subtask.Target.Yaw, subtask.End.X, subtask.End.Y, subtask.End.Yaw, _home);
    }

    /// <summary>Index of the thing that stands or lies where a call begins, so that a picture shows where exactly; -1: none does.</summary>
    public int Meant(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        var held = _truth.HeldThing;
        var within = Expert.Of(subtask.Function).Means(held >= 0);
        var index = -1;
        ThingTruth? best = null;
        var bestDistance = double.MaxValue;
        for (var i = 0; i < _truth.ThingCount; i++)
        {
            var thing = _truth.Thing(i);
            var distance = Math.Sqrt(Square(thing.X - subtask.Target.X) + Square(thing.Y - subtask.Target.Y));
            if (i == held || distance >= (thing.IsObject ? within.ObjectsM : within.AreasM))
                continue;
            // Of what is stacked, the topmost; an object before the area that it lies on.
            var isSameSpot = best is { } b && Square(thing.X - b.X) + Square(thing.Y - b.Y) < MeantWithin.StackM * MeantWithin.StackM && thing.IsObject == b.IsObject;
            var isBetter = isSameSpot ? thing.TopZ > best!.Value.TopZ
                : thing.IsObject != (best?.IsObject ?? thing.IsObject) ? thing.IsObject
                : distance < bestDistance;
            if (!isBetter)
                continue;
            (index, best, bestDistance) = (i, thing, distance);
        }

        return index;
    }

    private double SupportZ(double x, double y, int except)
    {
        var height = _truth.GroundZ(x, y);
        for (var i = 0; i < _truth.ThingCount; i++)
        {
            var thing = _truth.Thing(i);
            if (i != except && Math.Max(Math.Abs(thing.X - x), Math.Abs(thing.Y - y)) <= thing.HalfSizeM)
                height = Math.Max(height, thing.TopZ);
        }

        return height;
    }

    private static double Square(double value) => value * value;
}
