using Edge.Api;
using Edge.Cameras;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Tasks;

/// <summary>
/// Runs one task at a time: asks the planner for the next call, lets the policy run it, remembers how it went, and asks again.
/// A stage: <see cref="Tick"/> is called at some tens of hertz by the host or the lockstep runner. Single-threaded.
/// </summary>
public sealed class TaskExecutor
{
    /// <summary>More calls than any task of ours needs: a planner that never says done() must not run for ever.</summary>
    public const int MaxCalls = 32;

    private const long SettleNs = 150_000_000; // the picture that the planner sees is taken after the arm has come to rest
    private const long BlockedNs = 5_000_000_000; // time for a person to resume before the task gives up

    private readonly RobotDescription _robot;
    private readonly PlannerStage _planner;
    private readonly PlannerMemory _memory;
    private readonly ISubtaskRunner _policy;
    private readonly IMotion _motion;
    private readonly Func<CameraFrame?> _newestFrame;
    private readonly CameraModel _camera;
    private readonly CameraFrame _frame;
    private readonly List<CallReport> _calls = [];
    private Step _step = Step.None;
    private TaskOrder? _order;
    private TaskReport? _report;
    private Subtask? _subtask;
    private long _nextSubtaskId = 1;
    private long _startedNs;
    private long _stepNs;
    private long _planNs;
    private long _blockedSinceNs;

    /// <summary>Joins the parts.</summary>
    /// <param name="robot">The robot file.</param>
    /// <param name="planner">Answers on its own thread.</param>
    /// <param name="memory">Keeps the calls of the task.</param>
    /// <param name="policy">Runs a subtask.</param>
    /// <param name="motion">The control loop.</param>
    /// <param name="newestFrame">Newest picture of the planner's camera; null before the first.</param>
    public TaskExecutor(RobotDescription robot, PlannerStage planner, PlannerMemory memory, ISubtaskRunner policy, IMotion motion, Func<CameraFrame?> newestFrame)
    {
        ArgumentNullException.ThrowIfNull(robot);
        (_robot, _planner, _memory, _policy, _motion, _newestFrame) = (robot, planner, memory, policy, motion, newestFrame);
        var camera = robot.PlannerCamera;
        _camera = new CameraModel(camera);
        _frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
    }

    private enum Step
    {
        None,
        GoHome,
        Settle,
        Plan,
        Act,
    }

    /// <summary>Off: the planner is asked without memory and <c>memory(n)</c> cannot be written (for the comparison in the evaluation).</summary>
    public bool MemoryEnabled { get; init; } = true;

    /// <summary>A task is running.</summary>
    public bool Busy => _step != Step.None;

    /// <summary>The arm has come to rest, and the next picture may be the one that the planner is asked about.</summary>
    public bool AwaitsPicture => _step == Step.Settle;

    /// <summary>The present or last task; null before the first. A new object at each change.</summary>
    public TaskReport? Report => _report;

    /// <summary>Raised on the executor's thread at each change of <see cref="Report"/>.</summary>
    public event Action<TaskReport>? Changed;

    /// <summary>Why a task cannot start now; empty when it can.</summary>
    public string Unavailable => Busy ? "another task is running"
        : _motion.State == MotionState.Unavailable ? _motion.Reason
        : string.Empty;

    /// <summary>Starts a task. False, with the reason, when it cannot.</summary>
    public bool TryStart(TaskOrder order, long nowNs, out string reason)
    {
        reason = Unavailable;
        if (reason.Length > 0)
            return false;
        _order = order;
        _calls.Clear();
        _memory.Begin(order.Id);
        _startedNs = _planNs = nowNs;
        Enter(Step.GoHome, nowNs);
        Publish(TaskPhase.Planning, nowNs);
        return true;
    }

    /// <summary>Ends the task at once; the arm stops where it is.</summary>
    public void Cancel(long nowNs)
    {
        if (Busy)
            End(TaskPhase.Cancelled, "cancelled", nowNs);
    }

    /// <summary>Moves the task on.</summary>
    public void Tick(long nowNs)
    {
        if (!Busy)
            return;
        if (_motion.State == MotionState.Unavailable)
        {
            End(TaskPhase.Failed, _motion.Reason, nowNs);
            return;
        }

        if (_motion.State != MotionState.Blocked)
            _blockedSinceNs = 0;
        else if (_blockedSinceNs == 0)
            _blockedSinceNs = nowNs;
        else if (nowNs - _blockedSinceNs > BlockedNs)
        {
            End(TaskPhase.Failed, _motion.Reason, nowNs);
            return;
        }

        if (_motion.State is MotionState.Held or MotionState.Blocked)
        {
            if (_report!.Phase != TaskPhase.Paused)
                Publish(TaskPhase.Paused, nowNs);
            return;
        }

        if (_report!.Phase == TaskPhase.Paused)
            Publish(_step == Step.Act ? TaskPhase.Acting : TaskPhase.Planning, nowNs);
        switch (_step)
        {
            case Step.GoHome when _motion.State == MotionState.Still:
                Enter(Step.Settle, nowNs);
                break;
            case Step.Settle when nowNs - _stepNs >= SettleNs && _newestFrame() is { } frame && frame.TimeNs >= _stepNs + SettleNs && !_planner.Busy:
                _frame.CopyFrom(frame);
                _planner.Post(new PlannerRequest(_order!.Instruction, _frame, MemoryEnabled ? _memory.Current : [], _order.Picture));
                Enter(Step.Plan, nowNs);
                break;
            case Step.Plan when _planner.TryTake(out var reply, out var error):
                Act(reply, error, nowNs);
                break;
            case Step.Act:
                Watch(nowNs);
                break;
        }
    }

    private void Act(PlannerReply? reply, string? error, long nowNs)
    {
        if (reply is { DeniesLastOutcome: true })
        {
            _calls[^1] = _calls[^1] with { Outcome = SubtaskOutcome.Failed };
            _memory.AmendLast(SubtaskOutcome.Failed);
        }

        if (reply is null)
        {
            End(TaskPhase.Failed, error!, nowNs);
        }
        else if (GivesUp(nowNs))
        {
            return;
        }
        else if (reply.Invocation.Function == RobotApi.Done)
        {
            _calls.Add(new CallReport(reply.Text, SubtaskOutcome.Succeeded, _planNs, nowNs, nowNs));
            End(TaskPhase.Finished, string.Empty, nowNs);
        }
        else if (_calls.Count >= MaxCalls)
        {
            End(TaskPhase.Failed, $"gave up after {MaxCalls} calls without done()", nowNs);
        }
        else if (!TargetResolver.TryResolve(reply.Invocation, _camera, MemoryEnabled ? _memory.Current : [], _robot.WorkspaceM, out var targets, out var why))
        {
            _calls.Add(new CallReport(reply.Text, SubtaskOutcome.Failed, _planNs, nowNs, nowNs));
            End(TaskPhase.Failed, $"{reply.Text} cannot be done: {why}", nowNs);
        }
        else
        {
            _subtask = new Subtask(_nextSubtaskId++, reply.Invocation.Motion, targets.Begin, reply.Text) { End = targets.End };
            _calls.Add(new CallReport(reply.Text, SubtaskOutcome.Running, _planNs, nowNs, nowNs));
            _policy.Begin(_subtask);
            _motion.Follow(_subtask.Id);
            Enter(Step.Act, nowNs);
            Publish(TaskPhase.Acting, nowNs);
        }
    }

    private void Watch(long nowNs)
    {
        var outcome = _policy.OutcomeOf(_subtask!.Id);
        if (outcome == SubtaskOutcome.Running)
            return;
        _motion.Hold();
        _calls[^1] = _calls[^1] with { Outcome = outcome, EndedNs = nowNs };
        _memory.Append(_stepNs, _subtask.Text, _subtask.Target, outcome);
        if (GivesUp(nowNs))
            return;
        _planNs = nowNs;
        _motion.GoHome();
        Enter(Step.GoHome, nowNs);
        Publish(TaskPhase.Planning, nowNs);
    }

    /// <summary>Ends the task after too many failures in a row.</summary>
    private bool GivesUp(long nowNs)
    {
        var failures = _calls.Count - 1 - _calls.FindLastIndex(call => call.Outcome == SubtaskOutcome.Succeeded);
        if (failures < _robot.Planner.MaxFailuresInARow)
            return false;
        End(TaskPhase.Failed, $"gave up: {_calls[^1].Call} failed, {failures} failures in a row", nowNs);
        return true;
    }

    private void End(TaskPhase phase, string reason, long nowNs)
    {
        _policy.Cancel();
        _motion.Hold();
        _step = Step.None;
        if (_calls.Count > 0 && _calls[^1].Outcome == SubtaskOutcome.Running)
            _calls[^1] = _calls[^1] with { Outcome = SubtaskOutcome.Failed, EndedNs = nowNs };
        Publish(phase, nowNs, reason);
    }

    private void Enter(Step step, long nowNs)
    {
        if (step == Step.GoHome && _step == Step.None)
            _motion.GoHome();
        (_step, _stepNs) = (step, nowNs);
    }

    private void Publish(TaskPhase phase, long nowNs, string reason = "")
    {
        _report = new TaskReport(_order!, phase, [.. _calls], Seconds(nowNs - _startedNs), reason);
        Changed?.Invoke(_report);
    }

    private static double Seconds(long ns) => ns / 1e9;
}
