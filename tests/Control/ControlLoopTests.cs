using Edge.Control;
using Edge.Drives;
using Edge.Host;
using Edge.Inference;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>The loop on ideal devices: from the self-test to motion, and every cause from its detection to its end.</summary>
public sealed class ControlLoopTests
{
    [Fact]
    public void TheOrdinaryWay()
    {
        var rig = new LoopRig();
        rig.Tick(2);
        Assert.Equal(ControlState.Off, rig.State);
        rig.Do(ControlCommand.SelfTest);
        Assert.Equal(ControlState.Idle, rig.State);
        Assert.All(rig.Loop.SelfTest.Checks, check => Assert.True(check.Passed, check.Name));
        Assert.False(rig.Drives.EnableRequested);

        rig.Do(ControlCommand.Arm);
        rig.Until(ControlState.Armed);
        Assert.True(rig.Drives.EnableRequested);
        rig.Do(ControlCommand.Start(1));
        Assert.Equal(ControlState.Holding, rig.State);

        var before = rig.Snapshot.CommandedTool;
        rig.Offer(rig.Chunk(dx: 0.05, dyaw: 0.2));
        rig.Tick();
        Assert.Equal(ControlState.Running, rig.State);
        rig.Tick(1000);
        Assert.Equal(before.X + 0.05, rig.Snapshot.CommandedTool.X, 2e-3);
        Assert.Equal(before.Yaw + 0.2, rig.Snapshot.CommandedTool.Yaw, 1e-2);
        Assert.Equal(10, rig.Snapshot.ChunkStepsConsumed);
        Assert.Equal(1, rig.Snapshot.SubtaskId);

        rig.Do(ControlCommand.Finish);
        rig.Until(ControlState.Armed);
        Assert.Equal(0, rig.Snapshot.SubtaskId);
        rig.Do(ControlCommand.Disarm);
        Assert.Equal(ControlState.Idle, rig.State);
        Assert.False(rig.Drives.EnableRequested);
        Assert.Equal(0, rig.Loop.CommandsRefused);
    }

    [Fact]
    public void CommandsOutOfPlaceAreRefusedAndChangeNothing()
    {
        foreach (var kind in new[] { ControlCommandKind.Arm, ControlCommandKind.Start, ControlCommandKind.GoHome, ControlCommandKind.Pause, ControlCommandKind.Resume, ControlCommandKind.Clear })
        {
            var rig = new LoopRig();
            rig.Do(new ControlCommand(kind));
            Assert.Equal(ControlState.Off, rig.State);
            Assert.Equal(1, rig.Loop.CommandsRefused);
            Assert.False(rig.Drives.EnableRequested);
        }
    }

    [Fact]
    public void EnergyIsOnlyAskedForInEnergisedStates()
    {
        foreach (var state in Enum.GetValues<ControlState>())
        {
            var rig = new LoopRig().BringTo(state);
            rig.Tick();
            Assert.Equal(ControlStates.Energised.Contains(rig.State), rig.Drives.EnableRequested);
        }
    }

    [Fact]
    public void ArmingHoldsTheMeasuredPositionAndCarriesTheArm()
    {
        var rig = new LoopRig().BringTo(ControlState.Idle);
        rig.Drives.Place(1, -0.7);
        rig.Do(ControlCommand.Arm);
        Assert.Equal(ControlState.Armed, rig.State);
        var command = rig.Drives.LastCommand(1);
        Assert.Equal(-0.7, command.PositionRad, 1e-9);
        Assert.Equal(0, command.VelocityRadS, 1e-9);
        Assert.Equal(240, command.KpNmPerRad);
        Assert.Equal(5, command.KdNmSPerRad);
        Assert.InRange(Math.Abs(command.TorqueNm), 1, 40);
    }

    [Fact]
    public void SignAndOffsetOfADriveAreApplied()
    {
        var rig = new LoopRig().BringTo(ControlState.Armed); // joint 3: sign -1, offset 0.1
        Assert.Equal((-1 * -0.625) + 0.1, rig.Drives.Feedback(2).PositionRad, 1e-9);
        Assert.Equal(-0.625, rig.Snapshot.PositionRad[2], 1e-9);
        Assert.Equal(rig.Snapshot.CommandRad[2], -(rig.Drives.LastCommand(2).PositionRad - 0.1), 1e-9);
        Assert.Equal(rig.Snapshot.TorqueNm[2], -rig.Drives.Feedback(2).TorqueNm, 1e-9);
    }

    [Fact]
    public void ADriveThatTakesNoEnergyEndsInFault()
    {
        var rig = new LoopRig().BringTo(ControlState.Idle);
        rig.Drives.Dead = 3;
        rig.Do(ControlCommand.Arm);
        Assert.Equal(ControlState.Armed, rig.State);
        rig.Do(ControlCommand.Start(1)); // waits for the arming that never ends
        Assert.Equal(ControlState.Armed, rig.State);
        rig.Until(ControlState.Fault);
        Assert.Equal(ReactionCause.DriveError, rig.Snapshot.Cause);
        Assert.Equal(3, rig.Snapshot.CauseDevice);
        Assert.False(rig.Drives.EnableRequested);
    }

    [Fact]
    public void AFailedCheckIsNamedAndKeepsTheArmDisarmed()
    {
        var rig = new LoopRig();
        rig.Drives.Place(1, 2.5);
        rig.Tick(2);
        rig.Loop.Commands.Post(ControlCommand.SelfTest);
        rig.Until(ControlState.SelfTest);
        rig.Until(ControlState.Off);
        Assert.Equal(ReactionCause.SelfTestFailed, rig.Snapshot.Cause);
        Assert.Equal("joints are inside their limits: joint2 is at 2.500 rad, allowed is -2.000 to 2.000", rig.Loop.SelfTest.Failures);

        rig.Drives.Place(1, 0);
        rig.Do(ControlCommand.SelfTest);
        Assert.Equal(ControlState.Idle, rig.State);
        Assert.Empty(rig.Loop.SelfTest.Failures);
    }

    [Fact]
    public void AFailedConversationIsReportedAtOnceInItsOwnWords()
    {
        var rig = new LoopRig();
        rig.Drives.ConfigureAnswer = ConfigureState.Failed;
        rig.Drives.ConfigureError = "joint4 does not answer.";
        rig.Do(ControlCommand.SelfTest);
        Assert.Equal(ControlState.Off, rig.State);
        Assert.Contains("joint4 does not answer.", rig.Loop.SelfTest.Failures, StringComparison.Ordinal);
    }

    [Fact]
    public void ArmingChecksAgain()
    {
        var rig = new LoopRig().BringTo(ControlState.Idle);
        rig.CameraAlive = false;
        rig.Tick(1100);
        Assert.Equal(ControlState.Idle, rig.State);
        rig.Do(ControlCommand.Arm);
        Assert.Equal(ControlState.Off, rig.State);
        Assert.Equal("camera \"front\" is alive: the last frame is older than 1 s", rig.Loop.SelfTest.Failures);
    }

    [Fact]
    public void HomeIsReachedWithinTheLimitsAndStartWaitsForIt()
    {
        var rig = new LoopRig().BringTo(ControlState.Idle);
        rig.Drives.Place(0, 1.2);
        rig.Drives.Place(5, -0.5);
        rig.Do(ControlCommand.Arm);
        var limits = new LimitWatch(rig);
        rig.Loop.Commands.Post(ControlCommand.GoHome);
        rig.Loop.Commands.Post(ControlCommand.Start(7));
        rig.Until(ControlState.Holding);
        for (var i = 0; i < 6; i++)
            Assert.Equal(rig.Robot.HomeRad[i], rig.Snapshot.PositionRad[i], 1e-3);
        limits.AssertObeyed();
    }

    public static TheoryData<ReactionCause, ControlState> CausesWhileRunning => new()
    {
        { ReactionCause.ChunkStarved, ControlState.Holding },
        { ReactionCause.ChunkStale, ControlState.Holding },
        { ReactionCause.ChunkInvalid, ControlState.Holding },
        { ReactionCause.PauseCommand, ControlState.Holding },
        { ReactionCause.CameraLost, ControlState.Holding },
        { ReactionCause.BrokerLost, ControlState.Armed },
        { ReactionCause.DeviceSilent, ControlState.Fault },
        { ReactionCause.DriveError, ControlState.Fault },
        { ReactionCause.DeadlineMissed, ControlState.Fault },
        { ReactionCause.StopCommand, ControlState.Stopped },
        { ReactionCause.Signal, ControlState.Off },
    };

    [Theory]
    [MemberData(nameof(CausesWhileRunning))]
    public void EachCauseIsDetectedAndEndsInAControlledStop(ReactionCause cause, ControlState end)
    {
        var robot = Motion.ReferenceArm.Robot;
        var rig = new LoopRig(robot with { Mqtt = robot.Mqtt with { OnBrokerLost = "stop" } }).BringTo(ControlState.Running);
        var limits = new LimitWatch(rig);
        Provoke(rig, cause);
        rig.Until(ControlState.Stopping);
        Assert.Equal(cause, rig.Snapshot.Cause);
        Assert.True(rig.Drives.EnableRequested);
        var ticks = rig.Snapshot.Tick;
        while (rig.State == ControlState.Stopping)
            rig.Tick();

        Assert.Equal(end, rig.State);
        Assert.Equal(cause, rig.Snapshot.Cause);
        Assert.InRange(rig.Snapshot.Tick - ticks, 2, 500);
        limits.AssertObeyed();
        Assert.Equal(ControlStates.Energised.Contains(end), rig.Drives.EnableRequested);
        if (ControlStates.Energised.Contains(end))
            AssertStaysPut(rig);
    }

    [Fact]
    public void ASilentToolAndAToolErrorAreFaultsToo()
    {
        var silent = new LoopRig().BringTo(ControlState.Running);
        silent.Tool.IsSilent = true;
        silent.Until(ControlState.Fault);
        Assert.Equal((ReactionCause.DeviceSilent, RobotSnapshot.ToolDevice), (silent.Snapshot.Cause, silent.Snapshot.CauseDevice));
        Assert.StartsWith("DeviceSilent (tool): no reply", Reactions.Describe(silent.Robot, silent.Snapshot), StringComparison.Ordinal);

        var faulty = new LoopRig().BringTo(ControlState.Idle);
        faulty.Tool.State.ErrorBits = 0x20;
        faulty.Tick();
        Assert.Equal((ControlState.Fault, ReactionCause.DriveError), (faulty.State, faulty.Snapshot.Cause));
    }

    [Fact]
    public void AStuckJointTakesTheEnergyOutAtOnce()
    {
        var rig = new LoopRig().BringTo(ControlState.Armed);
        rig.Drives.Stuck = 0;
        rig.Drives.Place(0, 0.3);
        rig.Tick(2);
        Assert.Equal((ControlState.Fault, ReactionCause.LimitViolated, 0), (rig.State, rig.Snapshot.Cause, rig.Snapshot.CauseDevice));
        Assert.False(rig.Drives.EnableRequested);
    }

    [Fact]
    public void AStopThatTakesTooLongTakesTheEnergyOut()
    {
        var robot = Motion.ReferenceArm.Robot;
        var rig = new LoopRig(robot with { Safety = robot.Safety with { StopSeconds = 0.005 } }).BringTo(ControlState.Running);
        rig.Loop.Commands.Post(ControlCommand.Pause);
        rig.Tick(10);
        Assert.Equal((ControlState.Fault, ReactionCause.StopOverdue), (rig.State, rig.Snapshot.Cause));
        Assert.False(rig.Drives.EnableRequested);
    }

    [Theory]
    [InlineData(0.399, true)]
    [InlineData(0.401, false)]
    public void AModelThatIsTooSlowIsNotArmed(double p99Seconds, bool arms)
    {
        var rig = new LoopRig();
        var model = new ModelHealth("policy", "models/policy", ExecutionProvider.Cpu, "tensorrt not used: no driver", 1, new RunTiming(20, 0.3, p99Seconds), 0.4, "policy.replanSteps 4 of 0.1 s");
        rig.Loop.SelfTest.Require(model.CheckName, () => model.IsFastEnough, () => model.Slowness);
        rig.Do(ControlCommand.SelfTest);
        rig.Until(arms ? ControlState.Idle : ControlState.Off);
        Assert.Equal(arms ? "" : "policy is fast enough: p99 is 0.401 s on cpu, allowed is 0.4 s (policy.replanSteps 4 of 0.1 s); tensorrt not used: no driver", rig.Loop.SelfTest.Failures);
    }

    [Fact]
    public void AStopIsLatchedUntilItIsClearedByWayOfTheSelfTest()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Loop.Commands.Post(ControlCommand.Start(2)); // in line before the stop: dropped
        rig.Loop.Commands.Post(ControlCommand.Stop());
        rig.Until(ControlState.Stopped);
        foreach (var kind in new[] { ControlCommandKind.Arm, ControlCommandKind.Start, ControlCommandKind.Resume, ControlCommandKind.SelfTest })
            rig.Do(new ControlCommand(kind));
        rig.Offer(rig.Chunk());
        rig.Tick(5);
        Assert.Equal(ControlState.Stopped, rig.State);
        Assert.False(rig.Drives.EnableRequested);

        rig.Do(ControlCommand.Clear);
        Assert.Equal(ControlState.Idle, rig.State);
        Assert.Equal(2, rig.Drives.ClearRequests);
    }

    [Fact]
    public void AFaultIsClearedOnlyWhenTheDeviceIsWellAgain()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Drives.Silent = 4;
        rig.Until(ControlState.Fault);
        Assert.Equal(4, rig.Snapshot.CauseDevice);
        Assert.StartsWith("DeviceSilent (joint5): no reply", Reactions.Describe(rig.Robot, rig.Snapshot), StringComparison.Ordinal);
        rig.Do(ControlCommand.Clear);
        Assert.Equal(ControlState.SelfTest, rig.State);
        rig.Until(ControlState.Off);
        Assert.Contains("joint5 is silent", rig.Loop.SelfTest.Failures, StringComparison.Ordinal);
        rig.Drives.Silent = -1;
        rig.Do(ControlCommand.SelfTest);
        Assert.Equal(ControlState.Idle, rig.State);
    }

    [Fact]
    public void PauseAndResumeKeepTheSubtask()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Loop.Commands.Post(ControlCommand.Pause);
        rig.Until(ControlState.Holding);
        rig.Offer(rig.Chunk());
        rig.Tick(3);
        Assert.Equal(ControlState.Holding, rig.State);
        rig.Do(ControlCommand.Resume);
        rig.Offer(rig.Chunk(dx: -0.05));
        rig.Tick();
        Assert.Equal(ControlState.Running, rig.State);
        Assert.Equal(1, rig.Snapshot.SubtaskId);
    }

    [Theory]
    [InlineData(ReactionCause.ChunkStarved)]
    [InlineData(ReactionCause.ChunkStale)]
    [InlineData(ReactionCause.ChunkInvalid)]
    public void AFreshChunkEndsTheWait(ReactionCause cause)
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        Provoke(rig, cause);
        rig.Until(ControlState.Holding);
        rig.Offer(rig.Chunk(dy: 0.05));
        rig.Tick();
        Assert.Equal((ControlState.Running, ReactionCause.None), (rig.State, rig.Snapshot.Cause));
    }

    [Fact]
    public void ChunksOfAnotherSubtaskAreNotFollowed()
    {
        var rig = new LoopRig().BringTo(ControlState.Holding);
        rig.Offer(rig.Chunk(subtask: 2));
        rig.Tick(3);
        Assert.Equal((ControlState.Holding, ReactionCause.None), (rig.State, rig.Snapshot.Cause));
    }

    [Fact]
    public void AnUnreachablePathIsAnInvalidChunk()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Offer(rig.Chunk(dx: 0.45, dz: 0.25)); // leaves the arm's reach, inside the workspace box
        rig.Until(ControlState.Holding);
        Assert.Equal(ReactionCause.ChunkInvalid, rig.Snapshot.Cause);
    }

    [Fact]
    public void AMissedTickOrTwoIsBorne()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Tick(1, missed: 20);
        rig.Tick();
        rig.Tick(1, missed: 20);
        rig.Tick();
        Assert.Equal(ControlState.Running, rig.State);
        rig.Tick(7, missed: 3); // every tick misses: in a row
        Assert.Equal((ControlState.Stopping, ReactionCause.DeadlineMissed), (rig.State, rig.Snapshot.Cause));
    }

    [Fact]
    public void WithoutABrokerTheTaskIsFinishedWhereTheRobotFileSaysSo()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Loop.BrokerLost = true;
        rig.Tick(50);
        Assert.Equal(ControlState.Running, rig.State);
    }

    [Fact]
    public void SuctionFollowsTheStepThatIsDueAndOutlastsAStop()
    {
        var rig = new LoopRig().BringTo(ControlState.Holding);
        rig.Offer(chunk =>
        {
            rig.Chunk()(chunk);
            for (var i = 2; i < chunk.Steps; i++)
                chunk.Suction[i] = true;
        });
        rig.Tick(299);
        Assert.False(rig.Tool.Suction);
        rig.Tick(2);
        Assert.True(rig.Tool.Suction);
        rig.Loop.Commands.Post(ControlCommand.Stop());
        rig.Until(ControlState.Stopped);
        rig.Tick(10);
        Assert.True(rig.Tool.Suction);
    }

    [Fact]
    public void ContactFreezesTheDescentUntilAChunkThatKnows()
    {
        var rig = new LoopRig().BringTo(ControlState.Holding);
        rig.Offer(rig.Chunk(dz: -0.1));
        rig.Tick(500);
        var observedBefore = rig.NowNs;
        rig.Tick(20);
        rig.Tool.State.Pressed = true;
        rig.Tick();
        var touched = rig.Snapshot.CommandedTool.Z;
        var lowest = touched;
        rig.AfterTick = () => lowest = Math.Min(lowest, rig.Snapshot.CommandedTool.Z);

        rig.Tick(100);
        rig.Offer(rig.Chunk(dz: -0.1, ageNs: rig.NowNs - observedBefore)); // answers an observation from before the contact
        rig.Tick(300);
        Assert.InRange(touched - lowest, 0, 0.004); // 0.1 m/s takes a few millimetres to stop within the joint limits
        Assert.Equal(touched, rig.Snapshot.CommandedTool.Z, 1e-4);

        rig.Offer(rig.Chunk(dz: -0.1));
        rig.Tick(300);
        Assert.InRange(touched - rig.Snapshot.CommandedTool.Z, 0.015, 0.035);
    }

    [Fact]
    public void AbandonTakesTheEnergyOutInAnyState()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        rig.Loop.Abandon(rig.NowNs + 1);
        Assert.False(rig.Drives.EnableRequested);
        Assert.Equal(ControlState.Off, rig.State);
    }

    [Fact]
    public void AGroupThatDoesNotFitTheRobotFileIsRefused()
    {
        var rig = new LoopRig();
        var wrongBus = Assert.Throws<ArgumentException>(() => new ControlLoop(rig.Robot, [], rig.Tool));
        Assert.Contains("There are 0 drive groups, but the joints are on 1 buses (arm)", wrongBus.Message, StringComparison.Ordinal);
        var fewer = rig.Robot with { Joints = rig.Robot.Joints[..5] };
        var wrongCount = Assert.Throws<ArgumentException>(() => new ControlLoop(fewer, [rig.Drives], rig.Tool));
        Assert.Contains("has 6 drives, the robot file has 5 joints", wrongCount.Message, StringComparison.Ordinal);
    }

    private static void Provoke(LoopRig rig, ReactionCause cause)
    {
        switch (cause)
        {
            case ReactionCause.ChunkStarved:
                break; // the running chunk ends by itself
            case ReactionCause.ChunkStale:
                rig.Offer(rig.Chunk(ageNs: 600_000_000));
                break;
            case ReactionCause.ChunkInvalid:
                rig.Offer(rig.Chunk(dx: double.NaN));
                break;
            case ReactionCause.PauseCommand:
                rig.Loop.Commands.Post(ControlCommand.Pause);
                break;
            case ReactionCause.CameraLost:
                rig.CameraAlive = false;
                break;
            case ReactionCause.BrokerLost:
                rig.Loop.BrokerLost = true;
                break;
            case ReactionCause.DeviceSilent:
                rig.Drives.Silent = 2;
                break;
            case ReactionCause.DriveError:
                rig.Drives.Drive(1).ErrorCode = 9;
                break;
            case ReactionCause.DeadlineMissed:
                rig.Tick(1, missed: 21);
                break;
            case ReactionCause.StopCommand:
                rig.Loop.Commands.Post(ControlCommand.Stop());
                break;
            case ReactionCause.Signal:
                rig.Loop.Commands.Post(ControlCommand.Stop(ReactionCause.Signal));
                break;
            default:
                Assert.Fail($"No way to provoke {cause} here.");
                break;
        }
    }

    private static void AssertStaysPut(LoopRig rig)
    {
        var before = rig.Snapshot.CommandRad;
        rig.Tick(50);
        for (var i = 0; i < 6; i++)
            Assert.Equal(before[i], rig.Snapshot.CommandRad[i], 1e-12);
    }
}
