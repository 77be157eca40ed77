using Edge.Api;
using Edge.Cameras;
using Edge.Planner;
using Edge.Policy;
using Edge.Tasks;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Tasks;

/// <summary>What becomes of a call whose outcome the planner denies: the sensors felt a success, the picture shows none.</summary>
public sealed class TaskExecutorTests
{
    private const string Push = "push(at=(500, 537), to=(500, 600))";
    private readonly PlannerMemory _memory = new(8);

    [Fact]
    public void ADeniedSuccessIsRememberedAndReportedAsAFailure()
    {
        var report = Run([(Push, false), (Push, true), ("done()", false)]);
        Assert.Equal(TaskPhase.Finished, report.Phase);
        Assert.Equal([SubtaskOutcome.Failed, SubtaskOutcome.Succeeded, SubtaskOutcome.Succeeded], report.Calls.Select(call => call.Outcome));
        Assert.Equal([SubtaskOutcome.Failed, SubtaskOutcome.Succeeded], _memory.Current.Select(entry => entry.Outcome));
    }

    [Fact]
    public void TooManyDenialsInARowEndTheTask()
    {
        var most = ReferenceArm.Robot.Planner.MaxFailuresInARow;
        var report = Run([(Push, false), .. Enumerable.Repeat((Push, true), most + 1)]);
        Assert.Equal(TaskPhase.Failed, report.Phase);
        Assert.Equal($"gave up: {Push} failed, {most} failures in a row", report.Reason);
        Assert.Equal(most, report.Calls.Count);
    }

    /// <summary>A task whose planner gives these answers one after the other, and whose every motion succeeds as far as the sensors know.</summary>
    private TaskReport Run(IEnumerable<(string Call, bool Denies)> answers)
    {
        var frame = new CameraFrame(ReferenceArm.Robot.PlannerCamera.WidthPx, ReferenceArm.Robot.PlannerCamera.HeightPx);
        using var stage = new PlannerStage(new Script(answers));
        var tasks = new TaskExecutor(ReferenceArm.Robot, stage, _memory, new AlwaysSucceeds(), new StandsStill(), () => frame);
        Assert.True(tasks.TryStart(new TaskOrder("t", "push it"), 0, out var reason), reason);
        for (var nowNs = 0L; tasks.Busy; nowNs += 50_000_000)
        {
            Assert.True(nowNs < 60_000_000_000, "it never ends");
            frame.TimeNs = nowNs;
            tasks.Tick(nowNs);
            stage.Tick();
        }

        return tasks.Report!;
    }

    private sealed class Script(IEnumerable<(string Call, bool Denies)> answers) : IPlanner
    {
        private readonly Queue<(string Call, bool Denies)> _answers = new(answers);

        public PlannerReply Next(PlannerRequest request)
        {
            var (text, denies) = _answers.Dequeue();
            Assert.True(CallParser.TryParse(text, new MemorySlots(1, MemorySlots.Highest), out var call, out var error), error);
            return new PlannerReply(text, call, 0, 0) { DeniesLastOutcome = denies };
        }
    }

    private sealed class AlwaysSucceeds : ISubtaskRunner
    {
        public void Begin(Subtask subtask)
        {
        }

        public void Cancel()
        {
        }

        public SubtaskOutcome OutcomeOf(long subtaskId) => SubtaskOutcome.Succeeded;
    }

    private sealed class StandsStill : IMotion
    {
        public MotionState State => MotionState.Still;

        public string Reason => "";

        public void Follow(long subtaskId)
        {
        }

        public void Hold()
        {
        }

        public void GoHome()
        {
        }
    }
}
