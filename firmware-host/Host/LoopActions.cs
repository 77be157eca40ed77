using Edge.Control;
using Edge.Mqtt;

namespace Edge.Host;

/// <summary>
/// Actions that the control loop was asked for by wire, until its snapshots show how they ended: once everything posted is taken and nothing is under way,
/// the state tells. Belongs to one thread.
/// </summary>
internal sealed class LoopActions(Controller controller, Action<RobotCommand, string> report)
{
    /// <summary>Why a command was not even posted.</summary>
    public const string QueueFull = "the control loop takes no commands";

    private readonly List<(RobotCommand Command, long Posted)> _pending = [];

    /// <summary>Asks the loop for it.</summary>
    public void Begin(RobotCommand command, in RobotSnapshot robot)
    {
        var commands = controller.Loop.Commands;
        var posted = command.Kind switch
        {
            // A failed self-test is made again first: what made it fail may be mended.
            RobotCommandKind.Arm => (robot.State != ControlState.Off || commands.Post(ControlCommand.SelfTest)) && commands.Post(ControlCommand.Arm),
            RobotCommandKind.Disarm => commands.Post(ControlCommand.Disarm),
            RobotCommandKind.Stop => commands.Post(ControlCommand.Stop()),
            RobotCommandKind.ClearError => commands.Post(robot.State == ControlState.Off ? ControlCommand.SelfTest : ControlCommand.Clear),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.Kind, "not an action of the loop"),
        };
        if (posted)
            _pending.Add((command, commands.Posted));
        else
            report(command, QueueFull);
    }

    /// <summary>Reports what has ended.</summary>
    public void Tick(in RobotSnapshot robot)
    {
        for (var i = _pending.Count - 1; i >= 0; i--)
        {
            var (command, posted) = _pending[i];
            if (robot.CommandsTaken < posted || robot.Busy || (command.Kind == RobotCommandKind.Stop && !IsStopped(robot.State)))
                continue;
            _pending.RemoveAt(i);
            report(command, Succeeded(command.Kind, robot.State) ? "" : Why(robot));
        }
    }

    private static bool Succeeded(RobotCommandKind kind, ControlState state) => kind switch
    {
        RobotCommandKind.Arm => state is ControlState.Armed or ControlState.Holding or ControlState.Running,
        RobotCommandKind.Disarm => !ControlStates.Energised.Contains(state),
        RobotCommandKind.Stop => IsStopped(state),
        _ => state is not (ControlState.Off or ControlState.Fault or ControlState.Stopped),
    };

    private static bool IsStopped(ControlState state) => state is ControlState.Stopped or ControlState.Fault or ControlState.Off;

    private string Why(in RobotSnapshot robot)
    {
        var failures = robot.State == ControlState.Off ? controller.Loop.SelfTest.Failures : "";
        var cause = failures.Length > 0 ? failures : Reactions.Describe(controller.Robot, robot);
        return $"the robot is {robot.State}{(cause.Length > 0 ? ": " : "")}{cause}";
    }
}
