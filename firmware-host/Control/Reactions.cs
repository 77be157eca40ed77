using System.Globalization;
using System.Text;
using Edge.Robots;

namespace Edge.Control;

/// <summary>How the arm comes to rest.</summary>
public enum StopKind : byte
{
    /// <summary>Decelerates within all limits, with a deadline.</summary>
    Controlled,

    /// <summary>Energy out at once; the brakes hold.</summary>
    EnergyOut,
}

/// <summary>What ends a <see cref="ControlState.Holding"/> that a reaction led to.</summary>
public enum Recovery : byte
{
    /// <summary>Nothing: the reaction does not end in Holding.</summary>
    None,

    /// <summary>A fresh chunk.</summary>
    FreshChunk,

    /// <summary>The command Resume.</summary>
    Resume,
}

/// <summary>One cause and its one reaction.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="DetectedBy">What makes the loop say so.</param>
/// <param name="HeededIn">States in which it matters; elsewhere it changes nothing.</param>
/// <param name="Stop">How the arm stops.</param>
/// <param name="EndsIn">The state after the stop.</param>
/// <param name="Recovery">What leads on from Holding.</param>
/// <param name="Next">What leads on, in words.</param>
public sealed record Reaction(
    ReactionCause Cause, string DetectedBy, ControlStates HeededIn, StopKind Stop, ControlState EndsIn, Recovery Recovery, string Next);

/// <summary>A set of states.</summary>
[Flags]
public enum ControlStates
{
    /// <summary>No state.</summary>
    None = 0,

    /// <summary><see cref="ControlState.Off"/>.</summary>
    Off = 1 << ControlState.Off,

    /// <summary><see cref="ControlState.SelfTest"/>.</summary>
    SelfTest = 1 << ControlState.SelfTest,

    /// <summary><see cref="ControlState.Idle"/>.</summary>
    Idle = 1 << ControlState.Idle,

    /// <summary><see cref="ControlState.Armed"/>.</summary>
    Armed = 1 << ControlState.Armed,

    /// <summary><see cref="ControlState.Running"/>.</summary>
    Running = 1 << ControlState.Running,

    /// <summary><see cref="ControlState.Holding"/>.</summary>
    Holding = 1 << ControlState.Holding,

    /// <summary><see cref="ControlState.Stopping"/>.</summary>
    Stopping = 1 << ControlState.Stopping,

    /// <summary><see cref="ControlState.Fault"/>.</summary>
    Fault = 1 << ControlState.Fault,

    /// <summary><see cref="ControlState.Stopped"/>.</summary>
    Stopped = 1 << ControlState.Stopped,

    /// <summary>The states in which the drives have energy.</summary>
    Energised = Armed | Running | Holding | Stopping,

    /// <summary>Every state.</summary>
    All = Off | SelfTest | Idle | Energised | Fault | Stopped,
}

/// <summary>The one table of what goes wrong and what is done about it. The state machine acts on it; the README shows it.</summary>
public static class Reactions
{
    /// <summary>One row per cause.</summary>
    public static IReadOnlyList<Reaction> Table { get; } =
    [
        new(ReactionCause.ChunkStarved, "the present chunk ran out and no new one came",
            ControlStates.Running, StopKind.Controlled, ControlState.Holding, Recovery.FreshChunk, "a fresh chunk"),
        new(ReactionCause.ChunkStale, "the chunk offered answers an observation older than `policy.maxChunkAgeSeconds`, or is already over",
            ControlStates.Running | ControlStates.Holding, StopKind.Controlled, ControlState.Holding, Recovery.FreshChunk, "a fresh chunk"),
        new(ReactionCause.ChunkInvalid, "the chunk offered is malformed (steps, times, numbers), or its path cannot be reached",
            ControlStates.Running | ControlStates.Holding, StopKind.Controlled, ControlState.Holding, Recovery.FreshChunk, "a fresh chunk"),
        new(ReactionCause.PauseCommand, "command pause",
            ControlStates.Running | ControlStates.Holding, StopKind.Controlled, ControlState.Holding, Recovery.Resume, "resume, then a fresh chunk"),
        new(ReactionCause.CameraLost, "no frame for the camera's `timeoutSeconds`",
            ControlStates.Running | ControlStates.Holding, StopKind.Controlled, ControlState.Holding, Recovery.Resume, "the task gives up (finish, start) or is resumed"),
        new(ReactionCause.BrokerLost, "the broker is gone and `mqtt.onBrokerLost` is \"stop\"",
            ControlStates.Running | ControlStates.Holding, StopKind.Controlled, ControlState.Armed, Recovery.None, "a new task"),
        new(ReactionCause.DeviceSilent, "no reply from a drive for `safety.deviceSilentSeconds`, or from the tool for `safety.toolSilentSeconds`",
            ControlStates.Idle | ControlStates.Energised, StopKind.Controlled, ControlState.Fault, Recovery.None, "clear"),
        new(ReactionCause.DriveError, "a drive or the tool reports an error, or a drive loses its energy or does not take it",
            ControlStates.Idle | ControlStates.Energised, StopKind.Controlled, ControlState.Fault, Recovery.None, "clear"),
        new(ReactionCause.DeadlineMissed, "more than `loop.maxMissedTicksInARow` deadlines missed with no tick on time between them",
            ControlStates.Energised, StopKind.Controlled, ControlState.Fault, Recovery.None, "clear"),
        new(ReactionCause.LimitViolated, "a measured joint outside its limits, or further from its command than `trackingErrorRad`",
            ControlStates.Energised, StopKind.EnergyOut, ControlState.Fault, Recovery.None, "clear"),
        new(ReactionCause.StopOverdue, "a controlled stop took longer than `safety.stopSeconds`",
            ControlStates.Stopping, StopKind.EnergyOut, ControlState.Fault, Recovery.None, "clear"),
        new(ReactionCause.StopCommand, "command stop",
            ControlStates.Off | ControlStates.SelfTest | ControlStates.Idle | ControlStates.Energised, StopKind.Controlled, ControlState.Stopped, Recovery.None, "clear"),
        new(ReactionCause.Signal, "SIGTERM or SIGINT",
            ControlStates.All, StopKind.Controlled, ControlState.Off, Recovery.None, "the process ends"),
        new(ReactionCause.SelfTestFailed, "a named check fails in the self-test, or once more on arming",
            ControlStates.SelfTest | ControlStates.Idle, StopKind.EnergyOut, ControlState.Off, Recovery.None, "self-test"),
    ];

    private static readonly Reaction?[] ByCause = Index();

    /// <summary>The reaction to a cause; null for <see cref="ReactionCause.None"/>.</summary>
    public static Reaction? To(ReactionCause cause) => ByCause[(int)cause];

    /// <summary>Is the state in the set?</summary>
    public static bool Contains(this ControlStates set, ControlState state) => ((int)set & (1 << (int)state)) != 0;

    /// <summary>Why the robot is in its state, as a sentence for people; empty when nothing led there. Allocates: not for the loop's thread.</summary>
    public static string Describe(RobotDescription robot, in RobotSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        if (To(snapshot.Cause) is not { } reaction)
            return "";
        var device = snapshot.CauseDevice switch
        {
            RobotSnapshot.ToolDevice => " (tool)",
            >= 0 and var joint when joint < robot.Joints.Length => $" ({robot.Joints[joint].Name})",
            _ => "",
        };
        return $"{reaction.Cause}{device}: {reaction.DetectedBy}.";
    }

    /// <summary>The table as the README shows it.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder("| Cause | Detected by | Heeded in | Reaction | Ends in | Drives | Goes on with |\n|---|---|---|---|---|---|---|\n");
        foreach (var row in Table)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Cause} | {row.DetectedBy} | {row.HeededIn} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Describe(row)} | {row.EndsIn} | {(ControlStates.Energised.Contains(row.EndsIn) ? "energised" : "off")} | {row.Next} |\n");
        }

        return text.ToString();
    }

    private static string Describe(Reaction row) => row switch
    {
        { Cause: ReactionCause.SelfTestFailed } => "stays disarmed",
        { Stop: StopKind.EnergyOut } => "energy out at once, brakes hold",
        _ when ControlStates.Energised.Contains(row.EndsIn) => "controlled stop",
        _ => "controlled stop, then energy out",
    };

    private static Reaction?[] Index()
    {
        var index = new Reaction?[Table.Max(row => (int)row.Cause) + 1];
        foreach (var row in Table)
            index[(int)row.Cause] = row;
        return index;
    }
}
