using Edge.Control;

namespace Edge.Policy;

/// <summary>What the cup feels and felt since the subtask began. "Since" means an edge: something that was already so at the start does not count.</summary>
public struct SensorHistory
{
    /// <summary>The cup held something when the subtask began.</summary>
    public bool HeldAtStart;

    /// <summary>The cup holds something.</summary>
    public bool Sealed;

    /// <summary>The cup, or what it holds, is pressed against something.</summary>
    public bool Pressed;

    /// <summary>The cup sealed since the subtask began.</summary>
    public bool SealedSinceStart;

    /// <summary>The cup, or what it holds, was pressed since the subtask began.</summary>
    public bool PressedSinceStart;

    /// <summary>The cup let go since the subtask began.</summary>
    public bool ReleasedSinceStart;

    /// <summary>Where the tool is told to be.</summary>
    public ToolPose Tool;

    /// <summary>The state in which a subtask begins.</summary>
    public static SensorHistory Begin(in RobotSnapshot robot) => new() { HeldAtStart = robot.Sealed, Sealed = robot.Sealed, Pressed = robot.Pressed, Tool = robot.CommandedTool };

    /// <summary>Takes the newest snapshot; true when an edge calls for a new plan: sealed, pressed or let go.</summary>
    public bool Update(in RobotSnapshot robot)
    {
        var sealedNow = robot.Sealed && !Sealed;
        var released = !robot.Sealed && Sealed;
        var pressed = robot.Pressed && !Pressed;
        SealedSinceStart |= sealedNow;
        ReleasedSinceStart |= released;
        PressedSinceStart |= pressed;
        Sealed = robot.Sealed;
        Pressed = robot.Pressed;
        Tool = robot.CommandedTool;
        return sealedNow || released || pressed;
    }

    /// <summary>Copies the latched part into an observation.</summary>
    public readonly void CopyTo(Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        observation.HeldAtStart = HeldAtStart;
        observation.SealedSinceStart = SealedSinceStart;
        observation.PressedSinceStart = PressedSinceStart;
        observation.ReleasedSinceStart = ReleasedSinceStart;
    }
}
