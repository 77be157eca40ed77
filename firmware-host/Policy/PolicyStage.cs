using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Policy.Handover;
using Edge.Realtime;
using Edge.Telemetry;

namespace Edge.Policy;

/// <summary>
/// Runs the policy on the present subtask: observes, asks for chunks, hands them to the loop, and decides how the subtask ended. <see cref="Tick"/> on the
/// policy's own thread (about 100 Hz, so that an event is answered within 10 ms) or by the lockstep runner; the other members on any thread.
/// </summary>
public sealed class PolicyStage
{
    /// <summary>
    /// How long sensors may disagree with "done", or a held thing may be missing, before the subtask has failed; bridges a bounce of the cup. Where the sensors know nothing,
    /// "done" counts when it is said for as long.
    /// </summary>
    private const long DisagreementNs = 1_000_000_000;
    private const long LostNs = 500_000_000;

    /// <summary>A call whose tool has stayed within this space (metres, rad) for so long, the cup neither catching nor losing anything, will come to nothing: no use to wait for its time-out.</summary>
    private const long StallNs = 4_000_000_000;
    private const double StallM = 0.005, StallRad = 0.05;

    // A step as long as this slides.
    private const double SlideStepM = 0.003;

    private static readonly Subtask None = new(0, RobotApi.Done, default, "");

    private readonly IChunkPolicy _policy;
    private readonly Seqlock<RobotSnapshot> _robot;
    private readonly LatestMailbox<CameraFrame> _camera;
    private readonly LatestMailbox<ActionChunk> _chunks;
    private readonly IClock _clock;
    private readonly ChunkHandover _handover;
    private readonly Observation[] _history;
    private readonly Histogram _durationsNs = new();
    private readonly Seqlock<PolicyStatus> _status = new();

    private Subtask? _request; // handed over by Begin and Cancel, taken by Tick
    private Subtask _subtask = None;
    private CallRule _rule = CallRule.Of(RobotApi.Done);
    private CameraFrame? _frame;
    private SensorHistory _sensors;
    private PolicyStatus _now;
    private bool _running;
    private int _observed; // observations since the subtask began
    private bool _surprised; // the cup felt something that no chunk knows of yet
    private float _answer; // progress that comes with the chunk in the write slot
    private long _inferenceNs; // how long the newest plan took
    private long _followedNs; // of the newest plan's observation
    private long _plannedNs;
    private long _deliveredNs;
    private long _readyNs; // on a virtual clock, when the present inference is over; 0: there is none
    private long _nextObservationNs;
    private long _lastTickNs;
    private long _activeNs;
    private long _disagreeSinceNs;
    private long _lostSinceNs;
    private double _contactZM; // where the tool was when it touched, while pressed
    private ToolPose _stalledAt; // where the tool has been since
    private long _stalledSinceNs; // of the active time

    /// <summary>Makes a stage that stands still until <see cref="Begin"/>.</summary>
    /// <param name="policy">Used by <see cref="Tick"/> only.</param>
    /// <param name="robot">The loop's snapshots.</param>
    /// <param name="camera">Frames of the policy's camera; this stage is the reader.</param>
    /// <param name="chunks">To the loop; this stage is the writer.</param>
    /// <param name="description">From the robot file.</param>
    /// <param name="widthPx">Width of the camera's frames.</param>
    /// <param name="heightPx">Height of the camera's frames.</param>
    /// <param name="clock">Only measures how long an inference takes.</param>
    public PolicyStage(
        IChunkPolicy policy,
        Seqlock<RobotSnapshot> robot,
        LatestMailbox<CameraFrame> camera,
        LatestMailbox<ActionChunk> chunks,
        Robots.PolicyDescription description,
        int widthPx,
        int heightPx,
        IClock clock)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(description);
        _policy = policy;
        _robot = robot;
        _camera = camera;
        _chunks = chunks;
        _clock = clock;
        _handover = ChunkHandover.Create(description.LateInference, policy.StepNs, description.ReplanSteps);
        _history = new Observation[policy.ObservationSteps];
        for (var i = 0; i < _history.Length; i++)
            _history[i] = new Observation(widthPx, heightPx);
    }

    /// <summary>Virtual time that an inference takes, for lockstep; on a real clock it takes what it takes, and this is 0.</summary>
    public long VirtualInferenceNs { get; set; }

    /// <summary>Sees what this stage sees; null: nobody does.</summary>
    public IPolicyWitness? Witness { get; set; }

    /// <summary>How the present (or last) subtask stands. Any thread.</summary>
    public PolicyStatus Status
    {
        get
        {
            _ = _status.Read(out var status);
            return status;
        }
    }

    /// <summary>Starts a subtask at the next tick; one that is under way is dropped. Any thread.</summary>
    public void Begin(Subtask subtask)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        Volatile.Write(ref _request, subtask);
    }

    /// <summary>Stops making chunks at the next tick. Any thread.</summary>
    public void Cancel() => Volatile.Write(ref _request, None);

    /// <summary>One look at the robot. Does nothing between observations unless an event calls for a new plan.</summary>
    public void Tick(long nowNs)
    {
        var written = _robot.Read(out var robot);
        if (nowNs < _readyNs)
            return; // the thread is busy inferring
        if (_readyNs != 0)
            Deliver(nowNs);
        TakeFrame();
        var request = Interlocked.Exchange(ref _request, null);
        if (request is not null)
            Start(request, robot, nowNs);
        if (!_running || written == 0)
            return;

        var elapsedNs = nowNs - _lastTickNs;
        _lastTickNs = nowNs;
        if (robot.State != ControlState.Holding || robot.Cause != ReactionCause.PauseCommand)
            _activeNs += elapsedNs;

        var (wasPressed, wasSealed) = (_sensors.Pressed, _sensors.Sealed);
        _surprised |= _sensors.Update(robot);
        if (robot.Sealed != wasSealed || HasLeft(_stalledAt, robot.CommandedTool))
            (_stalledAt, _stalledSinceNs) = (robot.CommandedTool, _activeNs);
        var urgent = _surprised || _observed == 0;
        if (robot.Pressed && !wasPressed)
            _contactZM = robot.CommandedTool.Z;
        if ((urgent || nowNs >= _nextObservationNs) && _frame is not null)
        {
            Observe(robot, nowNs);
            // While the arm stops the loop takes no chunk.
            if (robot.State != ControlState.Stopping && (urgent || _handover.IsDue(robot, nowNs - _plannedNs, nowNs - _deliveredNs)))
                Plan(robot, nowNs);
        }

        Judge(nowNs);
    }

    private void TakeFrame()
    {
        if (!_camera.TryTake(out var frame))
            return;
        var expected = _history[0].Frame;
        if (frame.WidthPx == expected.WidthPx && frame.HeightPx == expected.HeightPx)
            _frame = frame;
        else
            _now.FramesOfWrongSize++;
    }

    private void Start(Subtask subtask, in RobotSnapshot robot, long nowNs)
    {
        _subtask = subtask;
        _running = !ReferenceEquals(subtask, None);
        if (!_running)
            return;
        _rule = CallRule.Of(subtask.Function);
        _sensors = SensorHistory.Begin(robot);
        _observed = 0;
        _surprised = false;
        _handover.Begin();
        _lastTickNs = nowNs;
        _activeNs = 0;
        (_stalledAt, _stalledSinceNs) = (robot.CommandedTool, 0);
        _disagreeSinceNs = 0;
        _lostSinceNs = 0;
        _contactZM = robot.CommandedTool.Z;
        _now.SubtaskId = subtask.Id;
        _now.BeganNs = nowNs;
        _now.Progress = 0;
        _now.Failure = PolicyFailure.None;
        _now.Outcome = SubtaskOutcome.Running;
        if (!_rule.CanBegin(_sensors) || !TryBegin(subtask))
            End(SubtaskOutcome.Failed, PolicyFailure.CannotBegin);
        Publish();
    }

    private bool TryBegin(Subtask subtask)
    {
        try
        {
            _policy.Begin(subtask);
            return true;
        }
        catch (ArgumentException)
        {
            return false; // a call that this policy was not made for
        }
    }

    private void Observe(in RobotSnapshot robot, long nowNs)
    {
        // The oldest object becomes the newest; only references move.
        var observation = _history[0];
        Array.Copy(_history, 1, _history, 0, _history.Length - 1);
        _history[^1] = observation;
        Fill(observation, robot, nowNs);
        if (_observed++ == 0)
        {
            for (var i = 0; i < _history.Length - 1; i++)
                Fill(_history[i], robot, nowNs);
            _nextObservationNs = nowNs;
        }

        Witness?.Observed(_subtask, observation);

        // Keep the grid while on it; start a new one after an event or a delay.
        _nextObservationNs = nowNs - _nextObservationNs is >= 0 and var late && late < _policy.StepNs / 2
            ? _nextObservationNs + _policy.StepNs
            : nowNs + _policy.StepNs;
    }

    private void Fill(Observation observation, in RobotSnapshot robot, long nowNs)
    {
        observation.TimeNs = nowNs;
        observation.Robot = robot;
        _sensors.CopyTo(observation);
        observation.Frame.CopyFrom(_frame!);
    }

    private void Plan(in RobotSnapshot robot, long nowNs)
    {
        _handover.Prepare(_policy, robot);
        _surprised = false;
        _followedNs = robot.FollowedNs;
        _plannedNs = nowNs;
        var beganNs = _clock.NowNs;
        _answer = _policy.Infer(_history, _chunks.WriteSlot);
        _inferenceNs = VirtualInferenceNs > 0 ? VirtualInferenceNs : _clock.NowNs - beganNs;
        _durationsNs.Record(_inferenceNs);
        if (VirtualInferenceNs > 0)
            _readyNs = nowNs + VirtualInferenceNs;
        else
            Deliver(nowNs);
    }

    /// <summary>The inference is over: hands its chunk to the loop.</summary>
    private void Deliver(long nowNs)
    {
        _readyNs = 0;
        _deliveredNs = nowNs;
        var chunk = _chunks.WriteSlot;
        _now.Progress = _answer;
        if (chunk.Steps == 0)
        {
            _now.Refused++;
        }
        else
        {
            chunk.ObservationFollowedNs = _followedNs;
            _handover.Finish(chunk, _inferenceNs);
            if (_sensors.Pressed)
                Press(chunk);
            chunk.FrameNs = _frame!.TimeNs;
            chunk.Sequence = ++_now.Chunks;
            _chunks.Publish();
        }

        _now.MsP50 = _durationsNs.Quantile(0.5) / 1e6;
        _now.MsP99 = _durationsNs.Quantile(0.99) / 1e6;
        _now.MsMax = _durationsNs.Max / 1e6;
        Publish();
    }

    /// <summary>How deep the tool is cannot be seen: it goes no deeper than the call allows, and as deep as it asks for where it slides.</summary>
    private void Press(ActionChunk chunk)
    {
        for (var k = 0; k < chunk.Steps; k++)
        {
            ref var pose = ref chunk.Poses[k];
            var z = Math.Max(pose.Z, _contactZM - _rule.DeepestPressM);
            if (_rule.Slides && z < _contactZM + CallRule.SlideTopM && Slides(chunk, k))
                z = Math.Min(z, _contactZM - CallRule.SlidePressM);
            pose = pose with { Z = z };
        }
    }

    private static bool Slides(ActionChunk chunk, int step)
    {
        var (a, b) = (chunk.Poses[Math.Max(0, step - 1)], chunk.Poses[Math.Max(1, step)]);
        return Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) > SlideStepM;
    }

    private void Judge(long nowNs)
    {
        if (_now.Outcome != SubtaskOutcome.Running)
            return;
        var done = _now.Progress >= ActionSpace.DoneProgress;
        var achieved = _rule.Achieved(_sensors, _subtask);
        if (Lasts(_rule.Lost(_sensors), nowNs, LostNs, ref _lostSinceNs))
            End(SubtaskOutcome.Failed, PolicyFailure.HeldThingLost);
        else if (done && achieved)
            End(SubtaskOutcome.Succeeded, PolicyFailure.None);
        else if (Lasts(done, nowNs, DisagreementNs, ref _disagreeSinceNs))
            End(_rule.SensorsKnow ? SubtaskOutcome.Failed : SubtaskOutcome.Succeeded, _rule.SensorsKnow ? PolicyFailure.SensorsDisagree : PolicyFailure.None);
        else if (!_rule.SensorsKnow)
            return;
        else if (_activeNs - _stalledSinceNs > StallNs)
            End(achieved ? SubtaskOutcome.Succeeded : SubtaskOutcome.TimedOut, achieved ? PolicyFailure.None : PolicyFailure.Stalled);
        else if (_activeNs > RobotApi.Calls[_subtask.Function].TimeoutSeconds * 1e9)
            End(achieved ? SubtaskOutcome.Succeeded : SubtaskOutcome.TimedOut, achieved ? PolicyFailure.None : PolicyFailure.TimedOut); // the way home is not the policy's alone
    }

    private static bool HasLeft(in ToolPose from, in ToolPose tool)
    {
        double dx = tool.X - from.X, dy = tool.Y - from.Y, dz = tool.Z - from.Z;
        return (dx * dx) + (dy * dy) + (dz * dz) > StallM * StallM || Math.Abs(tool.Yaw - from.Yaw) > StallRad;
    }

    private static bool Lasts(bool condition, long nowNs, long limitNs, ref long sinceNs)
    {
        if (!condition)
            sinceNs = 0;
        else if (sinceNs == 0)
            sinceNs = nowNs;
        return condition && nowNs - sinceNs >= limitNs;
    }

    private void End(SubtaskOutcome outcome, PolicyFailure failure)
    {
        _now.Outcome = outcome;
        _now.Failure = failure;
        _running = false;
        Witness?.Ended(_subtask, outcome);
        Publish();
    }

    private void Publish() => _status.Write(_now);
}
