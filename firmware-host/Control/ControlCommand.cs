namespace Edge.Control;

/// <summary>What a person or a stage of lower priority asks of the control loop.</summary>
public enum ControlCommandKind : byte
{
    /// <summary>Talk to every device and check everything.</summary>
    SelfTest,

    /// <summary>Energise the drives.</summary>
    Arm,

    /// <summary>Come to rest and take the energy out.</summary>
    Disarm,

    /// <summary>Move to the home pose, in joint space.</summary>
    GoHome,

    /// <summary>Follow the chunks of one subtask from now on.</summary>
    Start,

    /// <summary>The subtask is over: come to rest, stay energised.</summary>
    Finish,

    /// <summary>Switch the suction by hand, while armed: to take a thing, or to let one go.</summary>
    SuctionOn,

    /// <summary>See <see cref="SuctionOn"/>.</summary>
    SuctionOff,

    /// <summary>Come to rest and wait for <see cref="Resume"/>.</summary>
    Pause,

    /// <summary>Go on after a pause, with the next chunk.</summary>
    Resume,

    /// <summary>Come to rest and latch.</summary>
    Stop,

    /// <summary>A person has looked: leave a latched stop or a fault by way of a new self-test.</summary>
    Clear,
}

/// <summary>One command to the control loop.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="SubtaskId">For <see cref="ControlCommandKind.Start"/>: the subtask.</param>
/// <param name="Cause">For <see cref="ControlCommandKind.Stop"/>: <see cref="ReactionCause.StopCommand"/> or <see cref="ReactionCause.Signal"/>.</param>
public readonly record struct ControlCommand(ControlCommandKind Kind, long SubtaskId = 0, ReactionCause Cause = ReactionCause.None)
{
    /// <summary>See <see cref="ControlCommandKind.SelfTest"/>.</summary>
    public static ControlCommand SelfTest => new(ControlCommandKind.SelfTest);

    /// <summary>See <see cref="ControlCommandKind.Arm"/>.</summary>
    public static ControlCommand Arm => new(ControlCommandKind.Arm);

    /// <summary>See <see cref="ControlCommandKind.Disarm"/>.</summary>
    public static ControlCommand Disarm => new(ControlCommandKind.Disarm);

    /// <summary>See <see cref="ControlCommandKind.GoHome"/>.</summary>
    public static ControlCommand GoHome => new(ControlCommandKind.GoHome);

    /// <summary>See <see cref="ControlCommandKind.Finish"/>.</summary>
    public static ControlCommand Finish => new(ControlCommandKind.Finish);

    /// <summary>See <see cref="ControlCommandKind.Pause"/>.</summary>
    public static ControlCommand Pause => new(ControlCommandKind.Pause);

    /// <summary>See <see cref="ControlCommandKind.Resume"/>.</summary>
    public static ControlCommand Resume => new(ControlCommandKind.Resume);

    /// <summary>See <see cref="ControlCommandKind.Clear"/>.</summary>
    public static ControlCommand Clear => new(ControlCommandKind.Clear);

    /// <summary>See <see cref="ControlCommandKind.Start"/>.</summary>
    public static ControlCommand Start(long subtaskId) => new(ControlCommandKind.Start, subtaskId);

    /// <summary>See <see cref="ControlCommandKind.Stop"/>.</summary>
    public static ControlCommand Stop(ReactionCause cause = ReactionCause.StopCommand) => new(ControlCommandKind.Stop, Cause: cause);
}
