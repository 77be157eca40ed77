using Edge.Control;
using Edge.Realtime;

namespace Edge.Tasks;

/// <summary>The control loop as the task executor sees it: commands through its queue, state from its snapshots.</summary>
public sealed class LoopMotion(CommandQueue commands, Seqlock<RobotSnapshot> snapshots) : IMotion
{
    /// <inheritdoc/>
    public MotionState State
    {
        get
        {
            snapshots.Read(out var robot);
            return robot.State switch
            {
                ControlState.Armed => robot.Busy || robot.CommandsTaken < commands.Posted ? MotionState.Moving : MotionState.Still,
                ControlState.Running => MotionState.Moving,
                ControlState.Holding or ControlState.Stopping => While(robot.Cause),
                _ => MotionState.Unavailable,
            };
        }
    }

    /// <inheritdoc/>
    public string Reason
    {
        get
        {
            snapshots.Read(out var robot);
            return robot.Cause == ReactionCause.None ? $"the robot is not armed (state {robot.State})" : $"the control loop reacted to {robot.Cause} (state {robot.State})";
        }
    }

    /// <inheritdoc/>
    public void Follow(long subtaskId) => commands.Post(ControlCommand.Start(subtaskId));

    /// <inheritdoc/>
    public void Hold() => commands.Post(ControlCommand.Finish);

    /// <inheritdoc/>
    public void GoHome() => commands.Post(ControlCommand.GoHome);

    private static MotionState While(ReactionCause cause) => Reactions.To(cause) switch
    {
        { Cause: ReactionCause.PauseCommand } => MotionState.Held,
        null or { Recovery: Recovery.FreshChunk } => MotionState.Moving, // the policy is already at work on it
        { Recovery: Recovery.Resume } => MotionState.Blocked,
        _ => MotionState.Unavailable,
    };
}
