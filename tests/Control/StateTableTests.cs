using Edge.Control;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>The state machine against its table, written out once more by hand, row by row and hole by hole.</summary>
public sealed class StateTableTests
{
    private const ControlState Off = ControlState.Off;
    private const ControlState SelfTest = ControlState.SelfTest;
    private const ControlState Idle = ControlState.Idle;
    private const ControlState Armed = ControlState.Armed;
    private const ControlState Running = ControlState.Running;
    private const ControlState Holding = ControlState.Holding;
    private const ControlState Stopping = ControlState.Stopping;
    private const ControlState Fault = ControlState.Fault;
    private const ControlState Stopped = ControlState.Stopped;

    /// <summary>From, trigger, to, where a stop ends (or the same again).</summary>
    private static readonly (ControlState, ControlTrigger, ControlState, ControlState)[] Expected =
    [
        (Off, ControlTrigger.SelfTest, SelfTest, SelfTest),
        (SelfTest, ControlTrigger.SelfTestPassed, Idle, Idle),
        (Idle, ControlTrigger.SelfTest, SelfTest, SelfTest),
        (Idle, ControlTrigger.Arm, Armed, Armed),
        (Armed, ControlTrigger.GoHome, Armed, Armed),
        (Armed, ControlTrigger.Disarm, Idle, Idle),
        (Armed, ControlTrigger.Start, Holding, Holding),
        (Holding, ControlTrigger.Start, Holding, Holding),
        (Holding, ControlTrigger.ChunkJoined, Running, Running),
        (Holding, ControlTrigger.Resume, Holding, Holding),
        (Holding, ControlTrigger.Finish, Armed, Armed),
        (Holding, ControlTrigger.Disarm, Idle, Idle),
        (Running, ControlTrigger.ChunkJoined, Running, Running),
        (Running, ControlTrigger.Start, Stopping, Holding),
        (Running, ControlTrigger.Finish, Stopping, Armed),
        (Running, ControlTrigger.Disarm, Stopping, Idle),
        (Stopping, ControlTrigger.AtRest, Armed, Armed), // the fixture's stop is a finish
        (Fault, ControlTrigger.Clear, SelfTest, SelfTest),
        (Stopped, ControlTrigger.Clear, SelfTest, SelfTest),
    ];

    /// <summary>Cause, where it ends from Running, what else heeds it (state: next state, end of the stop).</summary>
    private static readonly (ReactionCause Cause, (ControlState From, ControlState To, ControlState EndsIn)[] Rows)[] ExpectedReactions =
    [
        (ReactionCause.ChunkStarved, [(Running, Stopping, Holding)]),
        (ReactionCause.ChunkStale, [(Running, Stopping, Holding), (Holding, Holding, Holding)]),
        (ReactionCause.ChunkInvalid, [(Running, Stopping, Holding), (Holding, Holding, Holding)]),
        (ReactionCause.PauseCommand, [(Running, Stopping, Holding), (Holding, Holding, Holding)]),
        (ReactionCause.CameraLost, [(Running, Stopping, Holding), (Holding, Holding, Holding)]),
        (ReactionCause.BrokerLost, [(Running, Stopping, Armed), (Holding, Stopping, Armed)]),
        (ReactionCause.DeviceSilent, Energised(Stopping, Fault, (Idle, Fault, Fault))),
        (ReactionCause.DriveError, Energised(Stopping, Fault, (Idle, Fault, Fault))),
        (ReactionCause.DeadlineMissed, Energised(Stopping, Fault)),
        (ReactionCause.LimitViolated, Energised(Fault, Fault)),
        (ReactionCause.StopOverdue, [(Stopping, Fault, Fault)]),
        (ReactionCause.StopCommand, Energised(Stopping, Stopped, (Off, Stopped, Stopped), (SelfTest, Stopped, Stopped), (Idle, Stopped, Stopped))),
        (ReactionCause.Signal, Energised(Stopping, Off, (Off, Off, Off), (SelfTest, Off, Off), (Idle, Off, Off), (Fault, Off, Off), (Stopped, Off, Off))),
        (ReactionCause.SelfTestFailed, [(SelfTest, Off, Off), (Idle, Off, Off)]),
    ];

    public static TheoryData<ControlState> States => [.. Enum.GetValues<ControlState>()];

    public static TheoryData<ReactionCause> Causes => [.. Enum.GetValues<ReactionCause>().Where(cause => cause != ReactionCause.None)];

    [Theory]
    [MemberData(nameof(States))]
    public void TriggersDoWhatTheTableSaysAndNothingElse(ControlState from)
    {
        foreach (var trigger in Enum.GetValues<ControlTrigger>())
        {
            var machine = In(from);
            var accepted = machine.Apply(trigger);
            var row = Array.FindIndex(Expected, row => row.Item1 == from && row.Item2 == trigger);
            Assert.Equal(row >= 0, accepted);
            Assert.Equal(row >= 0 ? Expected[row].Item3 : from, machine.State);
            if (machine.State == Stopping && row >= 0)
                Assert.Equal(Expected[row].Item4, machine.StopEndsIn);
        }
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public void CausesDoWhatTheTableSaysAndNothingElse(ReactionCause cause)
    {
        var rows = Assert.Single(ExpectedReactions, row => row.Cause == cause).Rows;
        foreach (var from in Enum.GetValues<ControlState>())
        {
            var machine = In(from);
            var before = machine.Cause;
            machine.React(cause);
            var row = Array.FindIndex(rows, row => row.From == from);
            Assert.Equal(row >= 0 ? rows[row].To : from, machine.State);
            Assert.Equal(row >= 0 ? cause : before, machine.Cause);
            if (machine.State != Stopping || row < 0)
                continue;

            Assert.Equal(rows[row].EndsIn, machine.StopEndsIn);
            Assert.True(machine.Apply(ControlTrigger.AtRest));
            Assert.Equal(rows[row].EndsIn, machine.State);
            Assert.Equal(cause, machine.Cause);
        }
    }

    [Fact]
    public void EveryCauseHasOneReactionThatLeadsSomewhere()
    {
        Assert.Equal(Causes.Count, Reactions.Table.Count);
        Assert.All(Enum.GetValues<ReactionCause>().Where(cause => cause != ReactionCause.None), cause => Assert.Equal(cause, Reactions.To(cause)?.Cause));
        Assert.All(Reactions.Table, row => Assert.Equal(row.EndsIn == Holding, row.Recovery != Recovery.None));
        Assert.Null(Reactions.To(ReactionCause.None));
        Assert.Equal(Reactions.Table.Count + 2, Reactions.ToMarkdown().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void OnlyArmedRunningHoldingAndStoppingHaveEnergy() =>
        Assert.All(Enum.GetValues<ControlState>(), state => Assert.Equal(state is Armed or Running or Holding or Stopping, In(state).Energised));

    [Fact]
    public void AStopIsOnlyReplacedByOneThatEndsWithLess()
    {
        ReactionCause[] risingSeverity =
            [ReactionCause.PauseCommand, ReactionCause.StopCommand, ReactionCause.DeviceSilent, ReactionCause.Signal];
        for (var first = 0; first < risingSeverity.Length; first++)
        {
            for (var second = 0; second < risingSeverity.Length; second++)
            {
                var machine = In(Running);
                machine.React(risingSeverity[first]);
                var replaced = machine.React(risingSeverity[second]);
                Assert.Equal(second > first, replaced);
                Assert.Equal(risingSeverity[Math.Max(first, second)], machine.Cause);
            }
        }
    }

    [Theory]
    [InlineData(ReactionCause.StopCommand, Fault)]
    [InlineData(ReactionCause.Signal, Off)]
    [InlineData(ReactionCause.PauseCommand, Fault)]
    public void AnOverdueStopTakesTheEnergyOut(ReactionCause stop, ControlState end)
    {
        var machine = In(Running);
        machine.React(stop);
        Assert.True(machine.React(ReactionCause.StopOverdue));
        Assert.Equal(end, machine.State);
        Assert.False(machine.Energised);
    }

    [Theory]
    [InlineData(ReactionCause.ChunkStarved, true)]
    [InlineData(ReactionCause.ChunkStale, true)]
    [InlineData(ReactionCause.ChunkInvalid, true)]
    [InlineData(ReactionCause.PauseCommand, false)]
    [InlineData(ReactionCause.CameraLost, false)]
    public void AFreshChunkEndsOnlyTheHoldsThatWaitForOne(ReactionCause cause, bool recovers)
    {
        var machine = In(Running);
        machine.React(cause);
        Assert.False(machine.AwaitsChunk);
        machine.Apply(ControlTrigger.AtRest);
        Assert.Equal(recovers, machine.AwaitsChunk);
        Assert.Equal(recovers, machine.Apply(ControlTrigger.ChunkJoined));
        if (recovers)
            return;

        Assert.True(machine.Apply(ControlTrigger.Resume));
        Assert.True(machine.Apply(ControlTrigger.ChunkJoined));
        Assert.Equal(Running, machine.State);
    }

    private static (ControlState, ControlState, ControlState)[] Energised(ControlState to, ControlState endsIn, params (ControlState, ControlState, ControlState)[] more) =>
        [(Armed, to, endsIn), (Running, to, endsIn), (Holding, to, endsIn), (Stopping, to, endsIn), .. more];

    private static ControlStateMachine In(ControlState state)
    {
        var machine = new ControlStateMachine();
        ControlTrigger[] way = state switch
        {
            Off => [],
            SelfTest => [ControlTrigger.SelfTest],
            Armed => [ControlTrigger.SelfTest, ControlTrigger.SelfTestPassed, ControlTrigger.Arm],
            Holding => [ControlTrigger.SelfTest, ControlTrigger.SelfTestPassed, ControlTrigger.Arm, ControlTrigger.Start],
            Running => [ControlTrigger.SelfTest, ControlTrigger.SelfTestPassed, ControlTrigger.Arm, ControlTrigger.Start, ControlTrigger.ChunkJoined],
            Stopping =>
            [
                ControlTrigger.SelfTest, ControlTrigger.SelfTestPassed, ControlTrigger.Arm, ControlTrigger.Start, ControlTrigger.ChunkJoined, ControlTrigger.Finish,
            ],
            _ => [ControlTrigger.SelfTest, ControlTrigger.SelfTestPassed],
        };
        foreach (var trigger in way)
            Assert.True(machine.Apply(trigger));
        if (state == Stopped)
            machine.React(ReactionCause.StopCommand);
        if (state == Fault)
            machine.React(ReactionCause.DriveError);
        Assert.Equal(state, machine.State);
        return machine;
    }
}
