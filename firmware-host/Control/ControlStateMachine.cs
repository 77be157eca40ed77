namespace Edge.Control;

/// <summary>What moves the state machine when nothing is wrong: commands, and facts that the loop observes.</summary>
public enum ControlTrigger : byte
{
    /// <summary>Command.</summary>
    SelfTest,

    /// <summary>Command; every check was passed again just before.</summary>
    Arm,

    /// <summary>Command.</summary>
    Disarm,

    /// <summary>Command.</summary>
    GoHome,

    /// <summary>Command.</summary>
    Start,

    /// <summary>Command.</summary>
    Finish,

    /// <summary>Command.</summary>
    Resume,

    /// <summary>Command.</summary>
    Clear,

    /// <summary>Every named check passed.</summary>
    SelfTestPassed,

    /// <summary>A fresh chunk of the present subtask was accepted.</summary>
    ChunkJoined,

    /// <summary>The command stands still.</summary>
    AtRest,
}

/// <summary>One row of the state table.</summary>
/// <param name="From">Present state.</param>
/// <param name="On">Trigger.</param>
/// <param name="To">Next state.</param>
/// <param name="EndsIn">Where To = Stopping ends.</param>
public readonly record struct Transition(ControlState From, ControlTrigger On, ControlState To, ControlState EndsIn = ControlState.Off);

/// <summary>
/// The control state machine: pure, no time, no devices. What is not in <see cref="Transitions"/> or <see cref="Reactions.Table"/> does not happen.
/// It alone says whether the drives may have energy.
/// </summary>
public sealed class ControlStateMachine
{
    /// <summary>The transitions on commands and facts. One more: Stopping goes, at rest, where it was bound for.</summary>
    public static IReadOnlyList<Transition> Transitions { get; } =
    [
        new(ControlState.Off, ControlTrigger.SelfTest, ControlState.SelfTest),
        new(ControlState.Idle, ControlTrigger.SelfTest, ControlState.SelfTest),
        new(ControlState.SelfTest, ControlTrigger.SelfTestPassed, ControlState.Idle),
        new(ControlState.Idle, ControlTrigger.Arm, ControlState.Armed),
        new(ControlState.Armed, ControlTrigger.GoHome, ControlState.Armed),
        new(ControlState.Armed, ControlTrigger.Disarm, ControlState.Idle),
        new(ControlState.Armed, ControlTrigger.Start, ControlState.Holding),
        new(ControlState.Holding, ControlTrigger.Start, ControlState.Holding),
        new(ControlState.Holding, ControlTrigger.ChunkJoined, ControlState.Running),
        new(ControlState.Holding, ControlTrigger.Resume, ControlState.Holding),
        new(ControlState.Holding, ControlTrigger.Finish, ControlState.Armed),
        new(ControlState.Holding, ControlTrigger.Disarm, ControlState.Idle),
        new(ControlState.Running, ControlTrigger.ChunkJoined, ControlState.Running),
        new(ControlState.Running, ControlTrigger.Start, ControlState.Stopping, ControlState.Holding),
        new(ControlState.Running, ControlTrigger.Finish, ControlState.Stopping, ControlState.Armed),
        new(ControlState.Running, ControlTrigger.Disarm, ControlState.Stopping, ControlState.Idle),
        new(ControlState.Fault, ControlTrigger.Clear, ControlState.SelfTest),
        new(ControlState.Stopped, ControlTrigger.Clear, ControlState.SelfTest),
    ];

    private static readonly Transition?[,] ByStateAndTrigger = Index(); // after the table that it is made from

    /// <summary>Starts in Off. Touches the tables, so that they are made here and not by the loop's thread on its first tick.</summary>
    public ControlStateMachine()
    {
        _ = ByStateAndTrigger.Length;
        _ = Reactions.To(ReactionCause.None);
    }

    /// <summary>Present state.</summary>
    public ControlState State { get; private set; }

    /// <summary>The cause that led to the present state, or none.</summary>
    public ReactionCause Cause { get; private set; }

    /// <summary>While stopping: the state that it ends in.</summary>
    public ControlState StopEndsIn { get; private set; }

    /// <summary>The drives are to have energy.</summary>
    public bool Energised => ControlStates.Energised.Contains(State);

    /// <summary>A chunk may be followed: running, or holding for want of one.</summary>
    public bool AwaitsChunk => State == ControlState.Running
        || (State == ControlState.Holding && Reactions.To(Cause) is not { Recovery: not Recovery.FreshChunk });

    /// <summary>Acts on a command or a fact. False: the table has no such row, nothing happened.</summary>
    public bool Apply(ControlTrigger trigger)
    {
        if (State == ControlState.Stopping && trigger == ControlTrigger.AtRest)
            return Enter(StopEndsIn, default, Cause);
        if (ByStateAndTrigger[(int)State, (int)trigger] is not { } row || (trigger == ControlTrigger.ChunkJoined && !AwaitsChunk))
            return false;

        State = row.To;
        StopEndsIn = row.EndsIn;
        Cause = ReactionCause.None;
        return true;
    }

    /// <summary>Reacts to a cause as <see cref="Reactions.Table"/> says. False: it is not heeded in this state, or something at least as severe is under way.</summary>
    public bool React(ReactionCause cause)
    {
        if (Reactions.To(cause) is not { } reaction || !reaction.HeededIn.Contains(State))
            return false;

        var moreSevere = State != ControlState.Stopping || Severity(reaction.EndsIn) > Severity(StopEndsIn);
        if (!Energised || reaction.Stop == StopKind.EnergyOut)
            return Enter(moreSevere ? reaction.EndsIn : StopEndsIn, default, cause);
        if (!moreSevere)
            return false;
        if (State == ControlState.Holding && reaction.EndsIn == ControlState.Holding)
            return cause != Cause && Enter(ControlState.Holding, default, cause);
        return Enter(ControlState.Stopping, reaction.EndsIn, cause);
    }

    /// <summary>Nobody will run the loop any more: no energy, at once.</summary>
    public void Abandon()
    {
        if (Energised)
            Cause = ReactionCause.Signal;
        State = ControlState.Off;
    }

    private bool Enter(ControlState state, ControlState stopEndsIn, ReactionCause cause)
    {
        var changed = state != State || stopEndsIn != StopEndsIn || cause != Cause;
        (State, StopEndsIn, Cause) = (state, stopEndsIn, cause);
        return changed;
    }

    // A stop under way is only ever replaced by one that ends with less.
    private static int Severity(ControlState endsIn) => endsIn switch
    {
        ControlState.Holding => 0,
        ControlState.Armed => 1,
        ControlState.Idle => 2,
        ControlState.Stopped => 3,
        ControlState.Fault => 4,
        _ => 5,
    };

    private static Transition?[,] Index()
    {
        var index = new Transition?[Enum.GetValues<ControlState>().Length, Enum.GetValues<ControlTrigger>().Length];
        foreach (var row in Transitions)
            index[(int)row.From, (int)row.On] = row;
        return index;
    }
}
