using Edge.Api;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>
/// The expert with a shaking hand: follows its own plans for one to four steps, is pushed off now and then, and writes down for every state that it visits
/// what the network would see and what the expert would do from there. To be run with one step between chunks.
/// </summary>
internal sealed class PolicyTeacher : IChunkPolicy
{
    /// <summary>Error of the target that the policy is told, per axis: planners point about this badly. Drawn anew for each sample.</summary>
    private const double TargetSigmaM = 0.009;
    private const double TargetClipM = 0.022;

    /// <summary>Disturbance of what is done (never of the labels): a jitter often, a kick rarely.</summary>
    private const double JitterShare = 0.25;
    private const double JitterSigmaM = 0.01, JitterSigmaRad = 0.06;
    private const double KickShare = 0.03;
    private const double KickSigmaM = 0.04, KickSigmaRad = 0.25;

    /// <summary>
    /// Where the cup, or what hangs on it, is this near to something, the hand is held still: pushing the scene around teaches nothing. Sooner where a slide begins: off by
    /// 2 cm the cup tips the thing or loses it, and nothing mends that afterwards (half of the slides ended elsewhere).
    /// </summary>
    private const double QuietClearanceM = 0.02, QuietSlideClearanceM = 0.08;
    private const int LongestPlanSteps = 4;

    private static readonly int Push = RobotApi.IndexOf("push");

    private readonly OraclePolicy _oracle;
    private readonly CallJudge _judge;
    private readonly List<bool> _worked = [];
    private readonly ISampleBuffer[] _samples;
    private readonly ActionChunk _plan = new();
    private readonly float[] _actions = new float[OraclePolicy.Horizon * ActionSpace.Channels];
    private readonly Random _random;
    private Subtask? _subtask;
    private ToolPose _trueTarget;
    private bool _isOffsetVisible, _isRunning;
    private (bool Sealed, bool Pressed) _felt;
    private int _planStep;
    private int _planSteps;

    public PolicyTeacher(IPlantTruth truth, ISampleBuffer[] samples, int episode)
    {
        _oracle = new OraclePolicy(truth);
        _judge = new CallJudge(truth);
        _random = new Random(episode);
        _samples = samples;
    }

    public long StepNs => _oracle.StepNs;

    public int ObservationSteps => PolicyData.ObservationSteps;

    /// <summary>Of each call that has ended: has it done, by the truth, what it is for?</summary>
    public IReadOnlyList<bool> Worked => _worked;

    public void Begin(Subtask subtask)
    {
        End();
        _isRunning = true;
        _oracle.Begin(subtask);
        _subtask = subtask;
        _trueTarget = _oracle.TrueTarget(subtask);
        var meant = _oracle.Meant(subtask);
        _isOffsetVisible = meant >= 0;
        _judge.Begin(subtask, meant);
        _planSteps = 0;
        _planStep = 0;
    }

    /// <summary>The running call, if any, has ended: look what came of it.</summary>
    public void End()
    {
        if (_isRunning)
            _worked.Add(_judge.HasWorked());
        _isRunning = false;
    }

    public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
    {
        var progress = _oracle.Infer(history, chunk);
        Record(history, chunk);

        var robot = history[^1].Robot;
        var isEvent = (robot.Sealed, robot.Pressed) != _felt;
        _felt = (robot.Sealed, robot.Pressed);
        if (isEvent || _planStep >= _planSteps)
        {
            Copy(chunk, _plan, 0);
            _planSteps = _random.Next(1, LongestPlanSteps + 1);
            _planStep = 0;
        }

        Disturb(robot);
        Copy(_plan, chunk, _planStep++);
        return progress;
    }

    private void Record(ReadOnlySpan<Observation> history, ActionChunk chunk)
    {
        var subtask = _subtask!;
        var isSecondHalf = CallRule.Of(subtask.Function).IsHalfDone(history[^1]);
        // Where a thing is to go nothing shows yet: that place is meant as it is told. What is turned stays where it was seized.
        var isAsTold = isSecondHalf && (subtask.End.X, subtask.End.Y) != (subtask.Target.X, subtask.Target.Y);
        var told = isAsTold ? subtask.End : subtask.TargetNow(history[^1]) with { X = _trueTarget.X, Y = _trueTarget.Y };
        double errorX = 0, errorY = 0;
        if (_isOffsetVisible && !isAsTold)
        {
            errorX = Math.Clamp(Gaussian() * TargetSigmaM, -TargetClipM, TargetClipM);
            errorY = Math.Clamp(Gaussian() * TargetSigmaM, -TargetClipM, TargetClipM);
        }

        told = told with { X = told.X + errorX, Y = told.Y + errorY };
        var from = chunk.Anchor;
        for (var k = 0; k < chunk.Steps; k++)
        {
            ActionSpace.Encode(from, chunk.Poses[k], chunk.Suction[k], _oracle.Progress[k], _actions.AsSpan(k * ActionSpace.Channels, ActionSpace.Channels));
            from = chunk.Poses[k];
        }

        // Once the thing has been taken away, the picture no longer says where it stood.
        var shows = _isOffsetVisible && !isSecondHalf && !history[^1].SealedSinceStart && !history[^1].ReleasedSinceStart;
        var state = new TaughtState
        {
            History = history,
            Subtask = subtask,
            Told = told,
            Offset = shows ? ((float)-errorX, (float)-errorY) : (float.NaN, float.NaN),
            Actions = _actions,
        };
        foreach (var samples in _samples)
            samples.Add(state);
    }

    private void Disturb(in RobotSnapshot robot)
    {
        var dice = _random.NextDouble();
        var (sigma, sigmaRad) = dice < KickShare ? (KickSigmaM, KickSigmaRad) : dice < KickShare + JitterShare ? (JitterSigmaM, JitterSigmaRad) : (0, 0);
        double x = Gaussian() * sigma, y = Gaussian() * sigma, z = Gaussian() * sigma * 0.5, yaw = Gaussian() * sigmaRad;
        var clearance = robot.CommandedTool.Z - _oracle.ContactZ;
        var quiet = _subtask!.Function == Push ? QuietSlideClearanceM : QuietClearanceM;
        if (sigma == 0 || robot.Pressed || clearance < quiet)
            return;
        z = Math.Max(z, (quiet - clearance) / 2);
        for (var k = 0; k < _plan.Steps; k++)
            _plan.Poses[k] = new ToolPose(_plan.Poses[k].X + x, _plan.Poses[k].Y + y, _plan.Poses[k].Z + z, _plan.Poses[k].Yaw + yaw);
    }

    /// <summary>Copies a chunk's steps from <paramref name="first"/> on; to the loop it is then the same plan, asked for later.</summary>
    private static void Copy(ActionChunk from, ActionChunk to, int first)
    {
        to.Steps = from.Steps - first;
        for (var k = 0; k < to.Steps; k++)
        {
            to.Poses[k] = from.Poses[first + k];
            to.Suction[k] = from.Suction[first + k];
        }
    }

    private double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(Math.Tau * _random.NextDouble());
}
