using System.CommandLine;
using Edge.Host;
using Edge.Machine;
using Edge.Mqtt;
using Edge.Robots;

namespace Edge;

internal static class Program
{
    private const string InstalledRobot = "/etc/edge/robot.json"; // scripts/install.sh puts it there

    private static int Main(string[] args)
    {
        var robot = new Option<string>("--robot")
        {
            Description = $"Robot file; by default {InstalledRobot}, else the shipped one",
            DefaultValueFactory = _ => File.Exists(InstalledRobot) ? InstalledRobot : Path.Combine(AppContext.BaseDirectory, "robots", "xarm6-damiao.json"),
        };
        return new RootCommand("Edge: a sentence becomes the motion of a robot arm.") 
        {
            Run(robot),
            Task(robot),
            Instant(robot, "arm", "arm", "Energise the drives of a running, disarmed robot (the robot file must allow it: mqtt.mayArm)"),
            Instant(robot, "disarm", "disarm", "Come to rest and take the energy out"),
            Instant(robot, "stop", "stop", "Controlled stop, latched until clear-error; no safety function"),
            Instant(robot, "clear-error", "clearError", "Leave a latched stop or a fault, once somebody has looked, by way of a new self-test"),
            CheckCommand.Create(robot, WithRobot),
            ModelsCommand.Create(robot, WithRobot),
        }.Parse(args).Invoke();
    }

    private static Command Run(Option<string> robot)
    {
        var arm = new Option<bool>("--arm") { Description = "Energise the drives as soon as the self-test has passed" };
        var state = new Option<string?>("--state") { Description = "Folder in which memory and task ids survive a restart" };
        var report = new Option<string?>("--report") { Description = "File for the statistics, written at the end" };
        var trace = new Option<string?>("--trace") { Description = "File for samples of joints and lateness, written at the end" };
        var noMemory = new Option<bool>("--no-memory") { Description = "Run the planner without its memory" };
        var record = new Option<string?>("--record") { Description = "Folder for what the policy sees and does; 'edge-hil data import' makes training data of it" };
        var exercise = new Option<bool>("--exercise-planner") { Description = "For measuring: keep the planner decoding without pause" };
        var command = new Command("run", "Control the robot until SIGTERM or SIGINT") { robot, arm, state, report, trace, noMemory, record, exercise };
        command.SetAction(parsed => EdgeProcess.Run(
            new RunOptions(
                parsed.GetValue(robot)!, parsed.GetValue(arm), parsed.GetValue(state), parsed.GetValue(report), parsed.GetValue(trace), !parsed.GetValue(noMemory),
                parsed.GetValue(record), parsed.GetValue(exercise)),
            Console.Error));
        return command;
    }

    private static Command Task(Option<string> robot)
    {
        var instruction = new Argument<string>("instruction") { Description = "One sentence: put the red cube on the blue area" };
        var picture = new Option<string?>("--picture") { Description = "The picture that the sentence speaks of: JPEG, taken by the planner's camera" };
        var command = new Command("task", "Give a robot a task over MQTT and show how it goes; 0: finished, 1: not done, 2: no answer") { robot, instruction, picture };
        command.SetAction(parsed => WithRobot(parsed.GetValue(robot)!, description => TaskClient.Run(
            description.Mqtt, parsed.GetValue(instruction)!, Console.Out, picture: parsed.GetValue(picture) is { } file ? File.ReadAllBytes(file) : null)));
        return command;
    }

    private static Command Instant(Option<string> robot, string name, string actionType, string description)
    {
        var command = new Command(name, $"{description}; 0: done, 1: not done, 2: no answer") { robot };
        command.SetAction(parsed => WithRobot(parsed.GetValue(robot)!, described => InstantClient.Run(described.Mqtt, actionType, Console.Out)));
        return command;
    }

    private static int WithRobot(string path, Func<RobotDescription, int> action)
    {
        try
        {
            return action(RobotFile.Load(path));
        }
        catch (Exception e) when (e is RobotFileException or IOException)
        {
            Console.Error.WriteLine($"edge: {e.Message}");
            return 1;
        }
    }
}
