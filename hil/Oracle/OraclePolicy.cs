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

    /// <summary>How far from the subtask's target the object (or the area's centre) may be to be the one that is meant.</summary>
    private const double ObjectRadiusM = 0.06;
    private const double AreaRadiusM = 0.025;

    private readonly IPlantTruth _truth;
    private readonly double[] _progress = new double[Horizon];
    private Subtask? _subtask;
    private ToolPose _home;
    private bool _isHomeKnown;

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
        _subtask = subtask;
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
        Expert.Rollout(subtask.Function, state, Goal(subtask, state.Tool), chunk.Poses.AsSpan(0, Horizon), chunk.Suction.AsSpan(0, Horizon), _progress);
        return (float)_progress[0];
    }

    /// <summary>Progress before each step of the newest chunk.</summary>
    public ReadOnlySpan<double> Progress => _progress;

    /// <summary>Height of the cup's lip at which contact was expected by the newest chunk, metres.</summary>
    public double ContactZ { get; private set; }

    /// <summary>True position that the subtask means: the thing that stands there, or the target itself.</summary>
    public ToolPose TrueTarget(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        var thing = Meant(subtask);
        return thing is { } meant ? subtask.Target with { X = meant.X, Y = meant.Y } : subtask.Target;
    }

    /// <summary>Something stands or lies at the target, so a picture shows where exactly.</summary>
    public bool IsTargetVisible(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        return Meant(subtask) is not null;
    }

    /// <summary>What the expert's rule sees of an observation.</summary>
    public static ExpertState StateOf(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        ref readonly var robot = ref observation.Robot;
        return new ExpertState(robot.CommandedTool, robot.SuctionOn, robot.Sealed, robot.Pressed, observation.PressedSinceStart, observation.ReleasedSinceStart);
    }

    private ExpertGoal Goal(Subtask subtask, in ToolPose tool)
    {
        if (!_isHomeKnown)
        {
            _home = tool;
            _isHomeKnown = true;
        }

        var target = TrueTarget(subtask);
        // An object's place of contact is its own top while it stands there; once it hangs on the cup (or for a place), what supports it counts.
        var held = _truth.HeldThing;
        var contact = SupportZ(target.X, target.Y, held) + (held >= 0 ? _truth.HeldDepthM : 0);
        ContactZ = contact;
        return new ExpertGoal(target.X, target.Y, contact, target.Yaw, _home);
    }

    private ThingTruth? Meant(Subtask subtask)
    {
        var held = _truth.HeldThing;
        ThingTruth? best = null;
        var bestDistance = held >= 0 ? AreaRadiusM : ObjectRadiusM;
        for (var i = 0; i < _truth.ThingCount; i++)
        {
            var thing = _truth.Thing(i);
            // While something hangs on the cup, only areas are meant: the place of the held thing is no goal, and things are not stacked unasked.
            if (i == held || thing.IsObject == (held >= 0))
                continue;
            var distance = Math.Sqrt(Square(thing.X - subtask.Target.X) + Square(thing.Y - subtask.Target.Y));
            if (distance < bestDistance)
            {
                best = thing;
                bestDistance = distance;
            }
        }

        return best;
    }

    private double SupportZ(double x, double y, int except)
    {
        var height = 0.0;
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
