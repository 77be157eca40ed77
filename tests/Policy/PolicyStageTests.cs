using Edge.Cameras;
using Edge.Control;
using Edge.Policy;
using Edge.Realtime;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>When the stage plans, and how it judges, with a policy and sensors that the test plays.</summary>
public sealed class PolicyStageTests
{
    private const long Ms = 1_000_000;

    [Fact]
    public void PlansAtOnceThenAfterTheStepsOfTheRobotFile()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(1000);
        Assert.Equal([0, 400, 800], rig.Policy.Asked.Select(t => t / Ms));
        Assert.Equal(3, rig.Chunks);
        Assert.Equal(3, rig.Stage.Status.Chunks);
    }

    [Fact]
    public void PlansAtOnceWhenTheCupFeelsSomething()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(250);
        rig.Robot.Pressed = true;
        rig.Run(20);
        rig.Robot.Sealed = true;
        rig.Run(500);
        Assert.Equal([0, 250, 270, 670], rig.Policy.Asked.Select(t => t / Ms));
        Assert.True(rig.Policy.Newest.PressedSinceStart && rig.Policy.Newest.SealedSinceStart && !rig.Policy.Newest.ReleasedSinceStart);
    }

    [Fact]
    public void NothingIsPlannedWithoutAPicture()
    {
        var rig = new Rig { SendsFrames = false };
        rig.Begin("pick");
        rig.Run(1000);
        Assert.Empty(rig.Policy.Asked);
        rig.SendsFrames = true;
        rig.Run(10);
        Assert.Single(rig.Policy.Asked);
    }

    [Fact]
    public void FirstHistoryIsFilledWithTheFirstObservation()
    {
        var rig = new Rig();
        rig.Robot.CommandedTool = new ToolPose(0.1, 0.2, 0.3, 0.4);
        rig.Begin("pick");
        rig.Run(10);
        Assert.Equal(rig.Robot.CommandedTool, rig.Policy.Oldest.Robot.CommandedTool);
        Assert.Equal(rig.Policy.Newest.TimeNs, rig.Policy.Oldest.TimeNs);
    }

    [Theory]
    [InlineData("pick", false, true, true, true)] // sealed
    [InlineData("pick", false, true, false, false)] // pressed only
    [InlineData("place", true, true, false, true)] // pressed, then let go
    [InlineData("place", true, true, true, false)] // still holds it
    [InlineData("touch", false, true, false, true)]
    [InlineData("touch", false, false, false, false)] // never felt anything
    [InlineData("touch", false, true, true, false)] // holds it
    public void DoneIsBelievedOnlyWhenTheSensorsAgree(string call, bool held, bool pressed, bool sealedAfter, bool success)
    {
        var rig = new Rig();
        rig.Robot.Sealed = held;
        rig.Begin(call);
        rig.Run(200);
        rig.Robot.Pressed = pressed;
        rig.Run(200);
        rig.Robot.Pressed = false;
        rig.Robot.Sealed = sealedAfter;
        rig.Run(200);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome);
        rig.Policy.Progress = 0.95f;
        rig.Run(800);
        Assert.Equal(success ? SubtaskOutcome.Succeeded : SubtaskOutcome.Running, rig.Stage.Status.Outcome);
        rig.Run(1000);
        Assert.Equal(success ? SubtaskOutcome.Succeeded : SubtaskOutcome.Failed, rig.Stage.Status.Outcome);
        Assert.Equal(success ? PolicyFailure.None : PolicyFailure.SensorsDisagree, rig.Stage.Status.Failure);
    }

    [Theory]
    [InlineData("pick", true)]
    [InlineData("place", false)]
    [InlineData("touch", true)]
    [InlineData("done", false)]
    public void CallsThatCannotBeginFailAtOnce(string call, bool held)
    {
        var rig = new Rig();
        rig.Robot.Sealed = held;
        rig.Begin(call);
        rig.Run(10);
        Assert.Equal(SubtaskOutcome.Failed, rig.Stage.Status.Outcome);
        Assert.Equal(PolicyFailure.CannotBegin, rig.Stage.Status.Failure);
        Assert.Empty(rig.Policy.Asked);
    }

    [Fact]
    public void LosingTheHeldThingFails()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(200);
        rig.Robot.Sealed = true;
        rig.Run(300);
        rig.Robot.Sealed = false;
        rig.Run(400);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome); // may seal again
        rig.Run(200);
        Assert.Equal(PolicyFailure.HeldThingLost, rig.Stage.Status.Failure);
    }

    [Fact]
    public void LettingGoInTheAirFails()
    {
        var rig = new Rig();
        rig.Robot.Sealed = true;
        rig.Begin("place");
        rig.Run(500);
        rig.Robot.Sealed = false;
        rig.Run(600);
        Assert.Equal(PolicyFailure.HeldThingLost, rig.Stage.Status.Failure);
    }

    [Fact]
    public void TimeOutDoesNotCountPauses()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(10_000);
        (rig.Robot.State, rig.Robot.Cause) = (ControlState.Holding, ReactionCause.PauseCommand);
        rig.Run(60_000);
        (rig.Robot.State, rig.Robot.Cause) = (ControlState.Running, ReactionCause.None);
        rig.Run(4_900);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome);
        rig.Run(200);
        Assert.Equal(SubtaskOutcome.TimedOut, rig.Stage.Status.Outcome);
        var asked = rig.Policy.Asked.Count;
        rig.Run(1000);
        Assert.Equal(asked, rig.Policy.Asked.Count);
    }

    [Fact]
    public void PressingIsBoundedFromTheFirstTouch()
    {
        var rig = new Rig();
        rig.Policy.StepZ = -0.01;
        rig.Robot.CommandedTool = new ToolPose(0.4, 0, 0.05, 0);
        rig.Begin("touch");
        rig.Run(50);
        Assert.Equal(0.05 - 0.16, rig.Newest.Poses[15].Z, 1e-9);
        rig.Robot.Pressed = true;
        rig.Run(100);
        rig.Robot.CommandedTool = new ToolPose(0.4, 0, 0.047, 0);
        rig.Run(900);
        Assert.Equal(0.046, rig.Newest.Poses[15].Z, 1e-9);
    }

    [Fact]
    public void CancelStopsAndBeginStartsAnew()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(500);
        rig.Stage.Cancel();
        var asked = rig.Policy.Asked.Count;
        rig.Run(1000);
        Assert.Equal(asked, rig.Policy.Asked.Count);
        rig.Begin("touch", 9);
        rig.Run(10);
        Assert.Equal(asked + 1, rig.Policy.Asked.Count);
        Assert.Equal(9, rig.Stage.Status.SubtaskId);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome);
    }

    [Fact]
    public void ChunkWithoutStepsIsNotPublished()
    {
        var rig = new Rig();
        rig.Policy.Steps = 0;
        rig.Begin("pick");
        rig.Run(500);
        Assert.Equal(0, rig.Chunks);
        Assert.True(rig.Stage.Status.Refused >= 2);
    }

    [Fact]
    public void TicksAllocateNothing()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(2000);
        rig.Policy.Asked.EnsureCapacity(1000);
        rig.Run(100);
        Assert.Equal(0, Allocations.Of(() => rig.Run(3000)));
    }

    private sealed class Rig : IClock
    {
        private readonly Seqlock<RobotSnapshot> _robot = new();
        private readonly LatestMailbox<CameraFrame> _camera = new(() => new CameraFrame(8, 6));
        private readonly LatestMailbox<ActionChunk> _chunks = new(() => new ActionChunk());
        private long _sequence;

        public Rig()
        {
            Robot.State = ControlState.Running;
            Stage = new PolicyStage(Policy, _robot, _camera, _chunks, new PolicyDescription("", "front", 4, 0.5), 8, 6, this);
        }

        public RobotSnapshot Robot;

        public PlayedPolicy Policy { get; } = new();

        public PolicyStage Stage { get; }

        public bool SendsFrames { get; set; } = true;

        public int Chunks { get; private set; }

        public ActionChunk Newest { get; private set; } = new();

        public long NowNs { get; private set; }

        public void Begin(string call, long id = 1) => Stage.Begin(PolicyChainTests.Call(id, call, 0.4, 0));

        public void Run(int ms)
        {
            for (var end = NowNs + (ms * Ms); NowNs < end; NowNs += 10 * Ms)
            {
                if (SendsFrames)
                {
                    _camera.WriteSlot.Sequence = ++_sequence;
                    _camera.Publish();
                }

                _robot.Write(Robot);
                Stage.Tick(NowNs);
                if (_chunks.TryTake(out var chunk))
                {
                    Chunks++;
                    Newest = chunk;
                }
            }
        }
    }

    private sealed class PlayedPolicy : IChunkPolicy
    {
        public List<long> Asked { get; } = new(1000);

        public float Progress { get; set; }

        public double StepZ { get; set; }

        public int Steps { get; set; } = 16;

        public Observation Newest { get; private set; } = new(1, 1);

        public Observation Oldest { get; private set; } = new(1, 1);

        public long StepNs => 100 * Ms;

        public int ObservationSteps => 2;

        public void Begin(Subtask subtask)
        {
        }

        public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
        {
            (Oldest, Newest) = (history[0], history[^1]);
            Asked.Add(Newest.TimeNs);
            chunk.Steps = Steps;
            chunk.Anchor = Newest.Robot.CommandedTool;
            for (var k = 0; k < Steps; k++)
                chunk.Poses[k] = chunk.Anchor with { Z = chunk.Anchor.Z + ((k + 1) * StepZ) };
            return Progress;
        }
    }
}
