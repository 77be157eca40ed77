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

    /// <summary>Without a planner: neither a stand of half a minute nor a single "done" ends it.</summary>
    [Fact]
    public void AWholeTaskEndsWhenThePolicyStaysByItsDone()
    {
        var rig = new Rig();
        rig.Stage.Begin(new Subtask(1, Subtask.WholeTask, default, "put everything away"));
        rig.Run(30_000);
        rig.Policy.Progress = 1;
        rig.Run(400);
        rig.Policy.Progress = 0;
        rig.Run(2000);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome);
        rig.Policy.Progress = 1;
        rig.Run(2000);
        Assert.Equal(SubtaskOutcome.Succeeded, rig.Stage.Status.Outcome);
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
    public void AnArmThatStandsStillIsNotWaitedFor()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(2_000);
        rig.Robot.CommandedTool = rig.Robot.CommandedTool with { X = 0.4 };
        rig.Run(3_900);
        (rig.Robot.State, rig.Robot.Cause) = (ControlState.Holding, ReactionCause.PauseCommand);
        rig.Run(10_000);
        (rig.Robot.State, rig.Robot.Cause) = (ControlState.Running, ReactionCause.None);
        Assert.Equal(SubtaskOutcome.Running, rig.Stage.Status.Outcome);
        rig.Run(300);
        Assert.Equal(SubtaskOutcome.TimedOut, rig.Stage.Status.Outcome);
        Assert.Equal(PolicyFailure.Stalled, rig.Stage.Status.Failure);
    }

    [Fact]
    public void TimeOutDoesNotCountPauses()
    {
        var rig = new Rig { Wanders = true };
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

    [Theory]
    [InlineData("push", 0.01, 0, 0.039)] // sliding at the height of the first touch
    [InlineData("push", 0.01, -0.01, 0.034)] // as deep as the call allows
    [InlineData("push", 0, 0, 0.05)] // standing: it may want to lift
    [InlineData("push", 0.01, 0.01, 0.039)] // sliding and rising a little, as learned slides do
    [InlineData("push", 0.01, 0.02, 0.07)] // lifting
    [InlineData("touch", 0.01, 0, 0.05)]
    public void ASlideKeepsTheDepthThatItNeeds(string call, double stepX, double stepZ, double firstZ)
    {
        var rig = new Rig();
        (rig.Policy.StepX, rig.Policy.StepZ) = (stepX, stepZ);
        rig.Robot.CommandedTool = new ToolPose(0.4, 0, 0.05, 0);
        rig.Begin(call);
        rig.Run(50);
        rig.Robot.Pressed = true;
        rig.Run(900);
        Assert.Equal(firstZ, rig.Newest.Poses[stepZ < 0 ? 15 : 0].Z, 1e-9);
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

    /// <summary>In lockstep an inference takes virtual time: the stage does nothing meanwhile, then hands over the answer to the old observation.</summary>
    [Fact]
    public void AnInferenceTakesItsVirtualTime()
    {
        var rig = new Rig();
        rig.Stage.VirtualInferenceNs = 300 * Ms;
        rig.Policy.Progress = 0.5f;
        rig.Robot.FollowedNs = 7;
        rig.Begin("pick");
        rig.Run(300);
        rig.Robot.FollowedNs = 300 * Ms;
        rig.Robot.Pressed = true; // felt only when the thread is free again
        Assert.Equal(0, rig.Chunks);
        Assert.Equal(0, rig.Stage.Status.Progress);
        rig.Run(10);
        Assert.Equal(1, rig.Chunks);
        Assert.Equal(0.5f, rig.Stage.Status.Progress);
        Assert.Equal(7, rig.Newest.ObservationFollowedNs);
        Assert.Equal([0, 300], rig.Policy.Asked.Select(t => t / Ms));
        rig.Run(1000);
        Assert.Equal([0, 300, 700, 1100], rig.Policy.Asked.Select(t => t / Ms));
    }

    [Fact]
    public void NothingIsPlannedWhileTheArmStops()
    {
        var rig = new Rig();
        rig.Begin("pick");
        rig.Run(200);
        rig.Robot.State = ControlState.Stopping;
        rig.Robot.Pressed = true;
        rig.Run(1000);
        Assert.Single(rig.Policy.Asked);
        rig.Robot.State = ControlState.Holding;
        rig.Run(110);
        Assert.Equal(2, rig.Policy.Asked.Count); // the contact was not forgotten
    }

    [Fact]
    public void WaitingPlansOnlyAtRestAndShortens()
    {
        var rig = new Rig("waitForChunk");
        rig.Begin("pick");
        rig.Run(700);
        Assert.Single(rig.Policy.Asked);
        Assert.Equal(4, rig.Newest.Steps);
        (rig.Robot.State, rig.Robot.Cause) = (ControlState.Holding, ReactionCause.ChunkStarved);
        rig.Run(50);
        Assert.Equal(2, rig.Policy.Asked.Count);
    }

    [Fact]
    public void RealTimeChunkingGivesThePolicyWhatGoesOn()
    {
        var rig = new Rig("realTimeChunking");
        rig.Policy.StepZ = -0.01;
        rig.Robot.State = ControlState.Holding;
        rig.Begin("pick");
        rig.Run(10);
        Assert.Equal(0, rig.Policy.Committed.Steps); // nothing is followed yet
        rig.Robot.State = ControlState.Running;
        rig.Stage.VirtualInferenceNs = 250 * Ms;
        rig.Robot.FollowedNs = 400 * Ms;
        rig.Run(410);
        Assert.Equal((12, 0), (rig.Policy.Committed.Steps, rig.Policy.Committed.Certain)); // of 16, 4 are done; the first inference took no time
        Assert.Equal(-0.16, rig.Policy.Committed.LastZ, 1e-9);
        rig.Robot.FollowedNs = 650 * Ms; // 2.5 steps during the inference
        rig.Run(250);
        rig.Robot.FollowedNs = 800 * Ms;
        rig.Run(150);
        Assert.Equal((12, 3), (rig.Policy.Committed.Steps, rig.Policy.Committed.Certain));
        rig.Robot.Pressed = rig.Robot.AwaitsAnswer = true;
        rig.Run(300);
        Assert.Equal(0, rig.Policy.Committed.Steps); // what did not know of the contact is void
        rig.Robot.AwaitsAnswer = false;
        rig.Robot.FollowedNs = 1200 * Ms;
        rig.Run(500);
        Assert.Equal(12, rig.Policy.Committed.Steps);
        rig.Begin("touch", 2);
        rig.Run(300);
        Assert.Equal(0, rig.Policy.Committed.Steps);
    }

    private sealed class Rig : IClock
    {
        private readonly Seqlock<RobotSnapshot> _robot = new();
        private readonly LatestMailbox<CameraFrame> _camera = new(() => new CameraFrame(8, 6));
        private readonly LatestMailbox<ActionChunk> _chunks = new(() => new ActionChunk());
        private long _sequence;

        public Rig(string lateInference = "naiveSwitch")
        {
            Robot.State = ControlState.Running;
            Stage = new PolicyStage(Policy, _robot, _camera, _chunks, new PolicyDescription("", "front", 4, 0.5, lateInference), 8, 6, this);
        }

        public RobotSnapshot Robot;

        public PlayedPolicy Policy { get; } = new();

        public PolicyStage Stage { get; }

        public bool SendsFrames { get; set; } = true;

        /// <summary>The tool goes to and fro.</summary>
        public bool Wanders { get; set; }

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

                if (Wanders)
                    Robot.CommandedTool = Robot.CommandedTool with { X = 0.3 + (0.1 * (NowNs / (1000 * Ms) % 2)) };
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

        public double StepX { get; set; }

        public double StepZ { get; set; }

        public int Steps { get; set; } = 16;

        public Observation Newest { get; private set; } = new(1, 1);

        public Observation Oldest { get; private set; } = new(1, 1);

        public (int Steps, int Certain, double LastZ) Committed { get; private set; }

        public long StepNs => 100 * Ms;

        public int ObservationSteps => 2;

        public void Begin(Subtask subtask)
        {
        }

        public void Continue(CommittedActions committed) =>
            Committed = (committed.Steps, committed.CertainSteps, committed.Steps == 0 ? 0 : committed.Poses[committed.Steps - 1].Z);

        public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
        {
            (Oldest, Newest) = (history[0], history[^1]);
            Asked.Add(Newest.TimeNs);
            chunk.Steps = Steps;
            chunk.StepNs = StepNs;
            chunk.Anchor = Newest.Robot.CommandedTool;
            for (var k = 0; k < Steps; k++)
                chunk.Poses[k] = chunk.Anchor with { X = chunk.Anchor.X + ((k + 1) * StepX), Z = chunk.Anchor.Z + ((k + 1) * StepZ) };
            return Progress;
        }
    }
}
